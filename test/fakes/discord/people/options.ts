import { ApplicationCommandOptionType as Kind } from 'discord.js'
import type { CommandOption } from '../check/commands.ts'
import { channelPermissions } from '../permissions.ts'
import { keepFile } from '../post.ts'
import { wireAttachment } from '../wire/message.ts'
import { wirePartialMember, wireRole, wireUser } from '../wire/people.ts'
import { wireChannel } from '../wire/places.ts'
import { type Channel, need, type World } from '../world.ts'
import { toUpload } from './speak.ts'

/** What a person gives for an option: a word, a number, a switch, somebody or something by id, or a file. */
export type Given =
  | string
  | number
  | boolean
  | { id: string }
  | { name: string; content: string | Buffer; contentType?: string }

type Resolved = Record<string, Record<string, unknown>>

/** Puts what people, channels, roles and files mean into `resolved`, as an interaction has it. */
export function startResolving(world: World, channel: Channel) {
  const resolved: Resolved = {}
  const guild = world.guilds.get(channel.guildId ?? '')
  const put = (kind: string, id: string, value: unknown) => {
    resolved[kind] = { ...resolved[kind], [id]: value }
    return id
  }
  const user = (id: string): string => {
    const member = guild?.members.get(id)
    if (member) {
      const permissions = String(channelPermissions(world, channel, id))
      put('members', id, { ...wirePartialMember(member), permissions })
    }
    return put('users', id, wireUser(need(world.users.get(id), 'user')))
  }
  const role = (id: string): string => {
    if (!guild) throw new Error('there are no roles here')
    return put('roles', id, wireRole(guild, need(guild.roles.get(id), 'role')))
  }
  const place = (id: string, who: string): string => {
    const found = need(world.channels.get(id), 'channel')
    const { name, parent_id, thread_metadata, type } = wireChannel(world, found)
    const permissions = String(channelPermissions(world, found, who))
    return put('channels', id, { id, name, type, parent_id, thread_metadata, permissions })
  }
  const file = (given: Extract<Given, { name: string }>): string => {
    const kept = keepFile(world, channel, toUpload(given), true)
    return put('attachments', kept.id, wireAttachment(world, kept))
  }
  const anyone = (id: string) => (world.users.has(id) ? user(id) : role(id))
  return { resolved, user, role, place, file, anyone }
}

/** The options of a command as the app gets them; refuses what a client would not let anybody send. */
export function fillIn(
  world: World,
  about: {
    channel: Channel
    userId: string
    options: readonly CommandOption[]
    focused?: string | undefined
  },
  given: Record<string, Given>,
) {
  const { channel, focused, options, userId } = about
  const resolving = startResolving(world, channel)
  const strange = Object.keys(given).find((name) => !options.some((each) => each.name === name))
  if (strange !== undefined) throw new Error(`the command has no option ${strange}`)
  const filled = options.flatMap((option) => {
    const value = given[option.name]
    if (value === undefined) {
      if (option.required && focused === undefined) throw new Error(`the command needs ${option.name}`)
      return []
    }
    const isFocused = option.name === focused
    if (isFocused) {
      if (!option.autocomplete) throw new Error(`${option.name} completes nothing`)
      return [{ name: option.name, type: option.type, value: String(value), focused: true }]
    }
    return [
      { name: option.name, type: option.type, value: optionValue(option, value, { ...resolving, userId }) },
    ]
  })
  return { options: filled, resolved: resolving.resolved }
}

type Resolving = ReturnType<typeof startResolving> & { userId: string }

function optionValue(option: CommandOption, value: Given, resolving: Resolving): string | number | boolean {
  return typeof value === 'object' ? thingOf(option, value, resolving) : wordOf(option, value)
}

function thingOf({ name, type }: CommandOption, value: Given & object, resolving: Resolving): string {
  if ('content' in value) {
    if (type !== Kind.Attachment) throw new Error(`${name} takes no file`)
    return resolving.file(value)
  }
  if (type === Kind.User) return resolving.user(value.id)
  if (type === Kind.Role) return resolving.role(value.id)
  if (type === Kind.Channel) return resolving.place(value.id, resolving.userId)
  if (type === Kind.Mentionable) return resolving.anyone(value.id)
  throw new Error(`${name} takes a word`)
}

const kindsOf = { string: [Kind.String], boolean: [Kind.Boolean], number: [Kind.Number, Kind.Integer] }

function wordOf(option: CommandOption, value: string | number | boolean) {
  const { name, type } = option
  const kinds: readonly number[] = kindsOf[typeof value as keyof typeof kindsOf]
  const isFitting = kinds.includes(type) && (type !== Kind.Integer || Number.isInteger(value))
  if (!isFitting) throw new Error(`${name} does not take ${typeof value}`)
  if (option.choices?.length && !option.choices.some((each) => each.value === value)) {
    throw new Error(`${name} offers no ${value}`)
  }
  if (!isWithin(option, value)) throw new Error(`${name} is out of bounds`)
  return value
}

function isWithin(option: CommandOption, value: string | number | boolean): boolean {
  if (typeof value === 'boolean') return true
  if (typeof value === 'string') {
    return value.length >= (option.min_length ?? 0) && value.length <= (option.max_length ?? 6000)
  }
  const { max_value: most = Number.POSITIVE_INFINITY, min_value: least = Number.NEGATIVE_INFINITY } = option
  return value >= least && value <= most
}
