import { ApplicationCommandType, InteractionType, ApplicationCommandOptionType as Kind } from 'discord.js'
import type { CommandOption } from '../check/commands.ts'
import { contextOf, makeInteraction } from '../interact/make.ts'
import { channelPermissions, has, sees } from '../permissions.ts'
import { wireMessage } from '../wire/message.ts'
import { type Channel, type Command, type Interaction, need, type User } from '../world.ts'
import type { Desk } from './desk.ts'
import { fillIn, type Given, startResolving } from './options.ts'
import type { Spot } from './speak.ts'
import { type Use, use } from './use.ts'

/** Slash commands, their completions, and the menus of messages and people. */
export function commanding(desk: Desk, who: User) {
  const { world } = desk
  const placeOf = (channelId: string): Channel => {
    const channel = need(world.channels.get(channelId), 'channel')
    if (!sees(world, channel, who.id)) throw new Error(`${who.username} does not see this channel`)
    return channel
  }
  const send = (interaction: Interaction): Use => {
    desk.deliver(interaction)
    return use(world, interaction)
  }
  const commands = (channel: Channel) => usable(desk, who, channel)
  const find = (channel: Channel, type: ApplicationCommandType, name: string) => {
    const found = commands(channel).find(({ command }) => command.type === type && command.name === name)
    if (!found) throw new Error(`${who.username} has no command ${name} here`)
    return found
  }
  const slash = (channelId: string, line: string, given: Record<string, Given>, focused?: string) => {
    const channel = placeOf(channelId)
    const [name = '', ...path] = line.replace(/^\//, '').split(' ')
    const { command, owners } = find(channel, ApplicationCommandType.ChatInput, name)
    const chosen = descend((command.options ?? []) as CommandOption[], path)
    const about = { channel, userId: who.id, options: chosen.options, focused }
    const { options, resolved } = fillIn(world, about, given)
    const nested = chosen.path.reduceRight<object[]>(
      (inner, step) => [{ name: step.name, type: step.type, options: inner }],
      options,
    )
    return makeInteraction(world, {
      type:
        focused === undefined
          ? InteractionType.ApplicationCommand
          : InteractionType.ApplicationCommandAutocomplete,
      who,
      channel,
      about: command.id,
      owners,
      commandName: line.replace(/^\//, ''),
      commandType: command.type,
      data: {
        id: command.id,
        name: command.name,
        type: command.type,
        ...(command.guild_id ? { guild_id: command.guild_id } : {}),
        ...(nested.length > 0 ? { options: nested } : {}),
        ...(Object.keys(resolved).length > 0 ? { resolved } : {}),
      },
    })
  }
  const menu = (channel: Channel, type: 2 | 3, name: string, target: { id: string; resolved: object }) => {
    const { command, owners } = find(channel, type, name)
    return makeInteraction(world, {
      type: InteractionType.ApplicationCommand,
      who,
      channel,
      about: command.id,
      owners,
      commandName: name,
      commandType: type,
      ...(type === ApplicationCommandType.Message ? { targetId: target.id } : {}),
      data: {
        id: command.id,
        name,
        type,
        ...(command.guild_id ? { guild_id: command.guild_id } : {}),
        target_id: target.id,
        resolved: target.resolved,
      },
    })
  }
  return {
    /** Runs a slash command, as in `runs(channel, 'loom brief', { text: '…', file: { name, content } })`. */
    runs: (channelId: string, line: string, given: Record<string, Given> = {}): Use =>
      send(slash(channelId, line, given)),
    /** Types in an option that completes; resolves with what is offered. */
    completes: async (
      channelId: string,
      line: string,
      focused: string,
      given: Record<string, Given> = {},
    ) => {
      const made = send(slash(channelId, line, { [focused]: '', ...given }, focused))
      await made.answered()
      return made.choices()
    },
    /** A command of a message's menu, under Apps. */
    usesMenu: (spot: Spot, name: string): Use => {
      const channel = placeOf(spot.channelId)
      const message = need(
        channel.messages.find((each) => each.id === spot.id && [undefined, who.id].includes(each.onlyFor)),
        'message',
      )
      const resolved = { messages: { [message.id]: wireMessage(world, message) } }
      return send(menu(channel, 3, name, { id: message.id, resolved }))
    },
    usesMenuOf: (target: { id: string }, name: string, channelId: string): Use => {
      const channel = placeOf(channelId)
      const resolving = startResolving(world, channel)
      resolving.user(target.id)
      return send(menu(channel, 2, name, { id: target.id, resolved: resolving.resolved }))
    },
    /** What this person is offered in a channel. */
    commands: (channelId: string): string[] =>
      commands(placeOf(channelId)).map(({ command }) => command.name),
  }
}

function descend(options: readonly CommandOption[], path: readonly string[]) {
  const steps: CommandOption[] = []
  let at = options
  for (const name of path) {
    const found = at.find((each) => each.name === name && each.type <= Kind.SubcommandGroup)
    if (!found) throw new Error(`the command has no part ${name}`)
    steps.push(found)
    at = found.options ?? []
  }
  if (at.some((each) => each.type <= Kind.SubcommandGroup))
    throw new Error('a part of the command has to be named')
  return { path: steps, options: at }
}

/** The app's commands that somebody may use in a channel, and through whose install. */
function usable(
  desk: Desk,
  who: User,
  channel: Channel,
): { command: Command; owners: Record<string, string> }[] {
  const { world } = desk
  const guild = world.guilds.get(channel.guildId ?? '')
  const context = contextOf(world, channel)
  const permissions = channelPermissions(world, channel, who.id)
  if (guild && !has(permissions, 'UseApplicationCommands')) return []
  const all = [...world.commands.values()].filter(
    (each) => each.guild_id === undefined || each.guild_id === guild?.id,
  )
  const shadowed = (each: Command) =>
    each.guild_id === undefined &&
    all.some((one) => one.guild_id !== undefined && one.name === each.name && one.type === each.type)
  return all.flatMap((command) => {
    if (shadowed(command)) return []
    if (command.contexts && !command.contexts.includes(context)) return []
    const needed = command.default_member_permissions
    if (guild && needed && (permissions & BigInt(needed)) !== BigInt(needed)) return []
    const owners = ownersOf(command, { context, guildId: guild?.hasApp ? guild.id : undefined, who })
    return Object.keys(owners).length > 0 ? [{ command, owners }] : []
  })
}

function ownersOf(
  command: Command,
  about: { context: 0 | 1 | 2; guildId: string | undefined; who: User },
): Record<string, string> {
  const { context, guildId, who } = about
  const types: readonly number[] = command.integration_types ?? [0]
  const forGuild = context === 1 ? '0' : guildId
  return {
    ...(types.includes(0) && forGuild !== undefined ? { '0': forGuild } : {}),
    ...(types.includes(1) && who.hasApp ? { '1': who.id } : {}),
  }
}
