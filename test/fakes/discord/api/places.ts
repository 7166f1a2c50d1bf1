import { ChannelType } from 'discord.js'
import { z } from 'zod'
import { newId } from '../ids.ts'
import { emptyChannel } from '../threads.ts'
import { wireMember, wireRole, wireUser } from '../wire/people.ts'
import { channelsOf, wireChannel, wireGuild } from '../wire/places.ts'
import { type Channel, need, type World } from '../world.ts'
import { refused } from './refusal.ts'
import { bodyAs, channelOf, guildOf, param, route } from './route.ts'

/** The direct message channel between the app's bot and somebody. */
export function openDm(world: World, userId: string): Channel {
  const found = [...world.channels.values()].find(
    (each) =>
      each.type === ChannelType.DM &&
      each.recipients.includes(userId) &&
      each.recipients.includes(world.botId),
  )
  if (found) return found
  const channel = emptyChannel({ id: newId(world.clock.now()), name: '', type: ChannelType.DM })
  channel.recipients = [world.botId, userId]
  world.channels.set(channel.id, channel)
  return channel
}

export const placeRoutes = [
  route('GET /users/@me/guilds', (call) =>
    [...call.world.guilds.values()]
      .filter((guild) => guild.members.has(call.world.botId))
      .map((guild) => {
        const { features, icon, id, name } = wireGuild(guild)
        return { id, name, icon, features, owner: guild.ownerId === call.world.botId, permissions: '0' }
      }),
  ),
  route('DELETE /users/@me/guilds/:guild', (call) => {
    const guild = guildOf(call)
    leave(call.world, guild.id)
  }),
  route('POST /users/@me/channels', (call) => {
    const form = bodyAs(call, z.object({ recipient_id: z.string().regex(/^\d+$/) }))
    const user = call.world.users.get(form.recipient_id)
    if (!user || user.id === call.world.botId) throw refused('invalidRecipients')
    if (user.refusesDms && user.bot) throw refused('refusesDms')
    return wireChannel(call.world, openDm(call.world, user.id))
  }),
  route('GET /users/:user', (call) => {
    const user = call.world.users.get(param(call, 'user'))
    if (!user) throw refused('unknownUser')
    return wireUser(user)
  }),
  route('GET /guilds/:guild', (call) => wireGuild(guildOf(call))),
  route('GET /guilds/:guild/roles', (call) => {
    const guild = guildOf(call)
    return [...guild.roles.values()].map((role) => wireRole(guild, role))
  }),
  route('GET /guilds/:guild/channels', (call) => {
    const guild = guildOf(call)
    return channelsOf(call.world, guild)
      .filter((each) => !each.thread)
      .map((each) => wireChannel(call.world, each))
  }),
  route('GET /guilds/:guild/members/:user', (call) => {
    const guild = guildOf(call)
    const id = param(call, 'user') === '@me' ? call.world.botId : param(call, 'user')
    const member = guild.members.get(id)
    if (!call.world.users.has(id)) throw refused('unknownUser')
    if (!member) throw refused('unknownMember')
    return wireMember(call.world, member)
  }),
  route('GET /channels/:channel', (call) => wireChannel(call.world, channelOf(call))),
]

/** The bot is no longer in a server; the app hears of it. */
export function leave(world: World, guildId: string): void {
  const guild = need(world.guilds.get(guildId), 'guild')
  const hadBot = guild.members.has(world.botId)
  guild.hasApp = false
  const event = { type: 'GUILD_DELETE' as const, data: { id: guild.id }, guildId: guild.id }
  if (hadBot) world.emit(event)
  guild.members.delete(world.botId)
  for (const [id, role] of guild.roles) if (role.managed) guild.roles.delete(id)
  for (const command of [...world.commands.values()]) {
    if (command.guild_id === guild.id) world.commands.delete(command.id)
  }
  world.changed()
}
