import { ChannelType, PermissionFlagsBits } from 'discord.js'
import type { Channel, Guild, World } from './world.ts'

export const everything = Object.values(PermissionFlagsBits).reduce((all, bit) => all | bit, 0n)

/** What a new server gives to everyone. */
export const usual = bits(
  'ViewChannel',
  'SendMessages',
  'SendMessagesInThreads',
  'CreatePublicThreads',
  'CreatePrivateThreads',
  'EmbedLinks',
  'AttachFiles',
  'AddReactions',
  'ReadMessageHistory',
  'UseApplicationCommands',
  'UseExternalApps',
  'UseExternalEmojis',
  'Connect',
  'Speak',
  'ChangeNickname',
  'CreateInstantInvite',
)

export type PermissionName = keyof typeof PermissionFlagsBits

export function bits(...names: PermissionName[]): bigint {
  return names.reduce((all, name) => all | PermissionFlagsBits[name], 0n)
}

export const has = (permissions: bigint, name: PermissionName): boolean =>
  (permissions & PermissionFlagsBits.Administrator) !== 0n || (permissions & PermissionFlagsBits[name]) !== 0n

export function isThread(channel: Channel): boolean {
  return channel.thread !== undefined
}

export const isPrivateThread = (channel: Channel): boolean => channel.type === ChannelType.PrivateThread

export const isDm = (channel: Channel): boolean =>
  channel.type === ChannelType.DM || channel.type === ChannelType.GroupDM

/** What somebody may do in the whole server. Nothing, when they are no member. */
export function guildPermissions(guild: Guild, userId: string): bigint {
  const member = guild.members.get(userId)
  if (!member) return 0n
  if (guild.ownerId === userId) return everything
  const all = rolesOf(guild, userId).reduce((sum, role) => sum | role.permissions, 0n)
  return (all & PermissionFlagsBits.Administrator) === 0n ? all : everything
}

function rolesOf(guild: Guild, userId: string) {
  const ids = [guild.id, ...(guild.members.get(userId)?.roles ?? [])]
  return ids.flatMap((id) => guild.roles.get(id) ?? [])
}

/** Discord's own computation: roles, then the overwrites of everyone, of the roles, of the member. */
export function channelPermissions(world: World, channel: Channel, userId: string): bigint {
  if (isDm(channel)) return channel.recipients.includes(userId) ? dmPermissions : 0n
  const guild = world.guilds.get(channel.guildId ?? '')
  if (!guild?.members.has(userId)) return 0n
  const base = guildPermissions(guild, userId)
  if (base === everything) return everything
  const place = isThread(channel) ? world.channels.get(channel.parentId ?? '') : channel
  if (!place) return 0n
  const roles = rolesOf(guild, userId).map((role) => role.id)
  const layers = [
    place.overwrites.filter((each) => each.id === guild.id),
    place.overwrites.filter(
      (each) => each.type === 'role' && each.id !== guild.id && roles.includes(each.id),
    ),
    place.overwrites.filter((each) => each.type === 'member' && each.id === userId),
  ]
  const result = layers.reduce((sum, layer) => {
    const deny = layer.reduce((all, each) => all | each.deny, 0n)
    const allow = layer.reduce((all, each) => all | each.allow, 0n)
    return (sum & ~deny) | allow
  }, base)
  return (result & PermissionFlagsBits.ViewChannel) === 0n ? 0n : result
}

const dmPermissions = bits(
  'ViewChannel',
  'SendMessages',
  'EmbedLinks',
  'AttachFiles',
  'AddReactions',
  'ReadMessageHistory',
  'UseExternalEmojis',
  'MentionEveryone',
  'UseApplicationCommands',
  'UseExternalApps',
)

/** Whether somebody sees a channel; a private thread only its members and moderators. */
export function sees(world: World, channel: Channel, userId: string): boolean {
  const permissions = channelPermissions(world, channel, userId)
  if (!has(permissions, 'ViewChannel')) return false
  if (!isPrivateThread(channel)) return true
  return channel.thread?.members.has(userId) === true || has(permissions, 'ManageThreads')
}

/** What an app may do that only a person brought along. */
export function visitorPermissions(world: World, channel: Channel): bigint {
  if (isDm(channel)) return dmPermissions
  const guild = world.guilds.get(channel.guildId ?? '')
  const everyone = guild?.roles.get(guild.id)?.permissions ?? 0n
  return everyone & dmPermissions
}
