import { ChannelType } from 'discord.js'
import { leave } from '../api/places.ts'
import { newId } from '../ids.ts'
import { bits, type PermissionName, usual } from '../permissions.ts'
import { emptyChannel, removeChannel, setArchived } from '../threads.ts'
import { wireMember, wireRole } from '../wire/people.ts'
import { wireChannel } from '../wire/places.ts'
import { type Channel, type Guild, type Member, need, type Overwrite, type Role } from '../world.ts'
import type { Desk } from './desk.ts'

/** A server, as a test makes and changes it. */
export type Server = ReturnType<typeof server>

interface NewChannel {
  name: string
  /** Text, unless it is said. */
  type?: ChannelType
  id?: string
  parentId?: string
  /** What a role, a person or the bot may and may not do here; the server's own id is everyone. */
  overwrites?: readonly { id: string; allow?: PermissionName[]; deny?: PermissionName[] }[]
  tags?: readonly string[]
  requiresTag?: boolean
}

interface Named {
  id: string
}

export function server(desk: Desk, guild: Guild) {
  const { greet, world } = desk
  const channelOf = (id: string): Channel => need(world.channels.get(id), 'channel')
  const overwriteOf = (given: NonNullable<NewChannel['overwrites']>[number]): Overwrite => ({
    id: given.id,
    type: guild.roles.has(given.id) ? 'role' : 'member',
    allow: bits(...(given.allow ?? [])),
    deny: bits(...(given.deny ?? [])),
  })
  const tell = (channel: Channel, type: 'CHANNEL_CREATE' | 'CHANNEL_UPDATE') =>
    world.emit({ type, data: wireChannel(world, channel), guildId: guild.id })
  const tellRole = (role: Role, type: 'GUILD_ROLE_CREATE' | 'GUILD_ROLE_UPDATE') =>
    world.emit({ type, data: { guild_id: guild.id, role: wireRole(guild, role) }, guildId: guild.id })
  const change = (who: Named, make: (member: Member) => void) => {
    const member = need(guild.members.get(who.id), 'member')
    make(member)
    const data = { ...wireMember(world, member), guild_id: guild.id }
    world.emit({ type: 'GUILD_MEMBER_UPDATE', data, guildId: guild.id, about: who.id })
  }

  return {
    id: guild.id,
    name: guild.name,
    ownerId: guild.ownerId,
    /** The role of everyone has the server's id. */
    everyone: guild.id,

    addRole: (input: { name: string; permissions?: PermissionName[]; mentionable?: boolean }): Named => {
      const role = {
        id: newId(world.clock.now()),
        name: input.name,
        permissions: bits(...(input.permissions ?? [])),
        position: guild.roles.size,
        mentionable: input.mentionable ?? false,
        managed: false,
      }
      guild.roles.set(role.id, role)
      tellRole(role, 'GUILD_ROLE_CREATE')
      return { id: role.id }
    },
    /** What a role may do in the whole server, from now on. */
    setRole: (id: string, permissions: PermissionName[]): void => {
      const role = need(guild.roles.get(id), 'role')
      role.permissions = bits(...permissions)
      tellRole(role, 'GUILD_ROLE_UPDATE')
    },
    /** What the bot's own role may do. */
    setBotPermissions: (permissions: PermissionName[]): void => {
      for (const role of guild.roles.values()) {
        if (!role.managed) continue
        role.permissions = bits(...permissions)
        tellRole(role, 'GUILD_ROLE_UPDATE')
      }
    },

    join: (who: Named, input: { roles?: readonly Named[]; nick?: string } = {}): void => {
      const member = {
        userId: who.id,
        roles: new Set(input.roles?.map(({ id }) => id)),
        nick: input.nick ?? null,
        joinedAtMs: world.clock.now(),
      }
      guild.members.set(who.id, member)
      const data = { ...wireMember(world, member), guild_id: guild.id }
      world.emit({ type: 'GUILD_MEMBER_ADD', data, guildId: guild.id })
    },
    giveRole: (who: Named, role: Named): void => {
      change(who, (member) => member.roles.add(role.id))
    },
    takeRole: (who: Named, role: Named): void => {
      change(who, (member) => member.roles.delete(role.id))
    },
    kick: (who: Named): void => {
      if (who.id === world.botId) return void leave(world, guild.id)
      guild.members.delete(who.id)
      const user = need(world.users.get(who.id), 'user')
      const data = { guild_id: guild.id, user: { id: user.id, username: user.username } }
      world.emit({ type: 'GUILD_MEMBER_REMOVE', data, guildId: guild.id })
    },

    addChannel: (input: NewChannel): Named & { name: string } => {
      const { name, type = ChannelType.GuildText } = input
      const channel = emptyChannel({
        id: input.id ?? newId(world.clock.now()),
        name,
        type,
        guildId: guild.id,
      })
      channel.parentId = input.parentId
      channel.overwrites = (input.overwrites ?? []).map(overwriteOf)
      channel.requiresTag = input.requiresTag ?? false
      channel.tags = (input.tags ?? []).map((tag) => ({ id: newId(world.clock.now()), name: tag }))
      world.channels.set(channel.id, channel)
      tell(channel, 'CHANNEL_CREATE')
      return { id: channel.id, name }
    },
    /** Says anew what somebody may do in a channel. */
    overwrite: (channelId: string, given: NonNullable<NewChannel['overwrites']>[number]): void => {
      const channel = channelOf(channelId)
      const made = overwriteOf(given)
      channel.overwrites = [...channel.overwrites.filter((each) => each.id !== made.id), made]
      tell(channel, 'CHANNEL_UPDATE')
    },
    /** A channel or thread goes away. */
    removeChannel: (channelId: string): void => removeChannel(world, channelOf(channelId)),
    archive: (threadId: string, options: { locked?: boolean } = {}): void => {
      const channel = channelOf(threadId)
      if (channel.thread) channel.thread.locked = options.locked ?? channel.thread.locked
      setArchived(world, channel, true)
    },
    /** The threads that were opened here, the oldest first. */
    threads: () =>
      [...world.channels.values()]
        .filter((each) => each.guildId === guild.id && each.thread)
        .map(({ id, name, parentId, thread, type }) => ({
          id,
          name,
          parentId,
          isPrivate: type === ChannelType.PrivateThread,
          archived: thread?.archived === true,
          locked: thread?.locked === true,
          members: [...(thread?.members.keys() ?? [])],
          tags: thread?.appliedTags ?? [],
        })),
    allowThreads: (most: number): void => {
      guild.maxActiveThreads = most
    },
    allowFiles: (bytes: number): void => {
      guild.attachmentSizeLimit = bytes
    },

    /** An outage of this server alone, and its end. */
    goesDown: (): void => {
      guild.unavailable = true
      const data = { id: guild.id, unavailable: true }
      world.emit({ type: 'GUILD_DELETE', data, guildId: guild.id })
    },
    comesBack: (): void => {
      guild.unavailable = false
      greet(guild)
    },
    /** Somebody removes the app. */
    removesApp: (): void => leave(world, guild.id),
    hasBot: (): boolean => guild.members.has(world.botId),
    /** The bot comes in, as after an install. */
    addsBot: (permissions: bigint = usual): void => addBot(desk, guild, permissions),
  }
}

/** Puts the bot into a server, with a role of its own. */
export function addBot(desk: Desk, guild: Guild, permissions: bigint): void {
  const { greet, world } = desk
  guild.hasApp = true
  if (guild.members.has(world.botId)) return
  const role = {
    id: newId(world.clock.now()),
    name: world.app.name,
    permissions,
    position: guild.roles.size,
    mentionable: false,
    managed: true,
  }
  guild.roles.set(role.id, role)
  guild.members.set(world.botId, {
    userId: world.botId,
    roles: new Set([role.id]),
    nick: null,
    joinedAtMs: world.clock.now(),
  })
  greet(guild)
  world.changed()
}

export function newGuild(about: { id: string; name: string; ownerId: string; nowMs: number }): Guild {
  const { id, name, nowMs, ownerId } = about
  const everyone = {
    id,
    name: '@everyone',
    permissions: usual,
    position: 0,
    mentionable: false,
    managed: false,
  }
  return {
    id,
    name,
    ownerId,
    locale: 'en-US',
    roles: new Map([[id, everyone]]),
    members: new Map([[ownerId, { userId: ownerId, roles: new Set(), nick: null, joinedAtMs: nowMs }]]),
    hasApp: false,
    unavailable: false,
    attachmentSizeLimit: 10 * 1024 * 1024,
    maxActiveThreads: 1000,
  }
}
