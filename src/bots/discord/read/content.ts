import { ownName } from '../../words/own-name.ts'
import type { PersonShape, WordsShape } from './shape.ts'

/** How ids in a message become words. */
export interface Voice {
  botUserId: string
  /** The role that Discord made for the bot in this server: people mistake it for the bot. */
  botRoleId?: string | undefined
  channelNameOf?: (id: string) => string | undefined
}

/** How people read a person there. */
export function nameOf({ global_name, member, username }: PersonShape): string | undefined {
  return member?.nick || global_name || username || undefined
}

/** Discord's own markup as words: mentions as names, moments in UTC, emoji by their names. Markdown stays as it is. */
export function plainOf(content: string, { mentions }: Pick<WordsShape, 'mentions'>, voice: Voice): string {
  return content
    .replace(/<@!?(\d+)>/g, (_, id: string) => callPerson(id, mentions, voice))
    .replace(/<@&(\d+)>/g, (_, id: string) => (id === voice.botRoleId ? ownName : '@role'))
    .replace(/<#(\d+)>/g, (_, id: string) => `#${voice.channelNameOf?.(id) ?? id}`)
    .replace(/<\/([^:<>]{1,100}):\d+>/g, (_, name: string) => `/${name}`)
    .replace(/<a?(:\w{1,40}:)\d+>/g, (_, name: string) => name)
    .replace(/<t:(-?\d{1,12})(?::[a-zA-Z])?>/g, (_, seconds: string) => momentOf(Number(seconds)))
}

function callPerson(id: string, mentions: readonly PersonShape[], { botUserId }: Voice): string {
  if (id === botUserId) return ownName
  const person = mentions.find((one) => one.id === id)
  return `@${(person && nameOf(person)) ?? id}`
}

function momentOf(seconds: number): string {
  return `${new Date(seconds * 1_000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
