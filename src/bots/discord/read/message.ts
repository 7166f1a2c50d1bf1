import type { Author, FileSource, ThreadMessage } from '../../../core/brief.ts'
import { withoutOwnName } from '../../words/own-name.ts'
import { momentOf } from '../snowflake.ts'
import { nameOf, plainOf, type Voice } from './content.ts'
import { componentLines, embedLines, otherLines } from './embeds.ts'
import { filesOf } from './files.ts'
import { linksIn, type MessageLink } from './links.ts'
import type { DiscordMessage, PlainMessage, WordsShape } from './shape.ts'

/** Who reads, and where. */
export interface Reading extends Voice {
  appId: string
}

/** A message as the thread keeps it, and what was read in it beside. */
export interface ReadDiscord {
  message: ThreadMessage
  /** Messages elsewhere that it points at. */
  links: MessageLink[]
  /** It speaks to Loom: by its name anywhere in it, or by answering a message of Loom's. */
  mentionsLoom: boolean
  /** It speaks to somebody else: by their name at its beginning, or by answering them. */
  beginsWithOther: boolean
}

/** The identity of a message, which is the same wherever Discord shows it. */
export function messageKey(id: string): string {
  return `discord:${id}`
}

/** What a message says to a person, in words. Pure. */
export function readMessage(message: DiscordMessage, reading: Reading): ReadDiscord {
  const author = authorOf(message, reading)
  const words = [
    ...wordsOf(message, { voice: reading, byProgram: author.kind !== 'person' }),
    ...message.message_snapshots.flatMap(({ message: forwarded }) => [
      'Forwarded:',
      ...wordsOf(forwarded, { voice: reading, byProgram: true }),
    ]),
  ]
  const text = words.join('\n').trim()
  const files: FileSource[] = filesOf(message)
  const called = calls(message, reading) || answersLoom(message, reading)
  return {
    message: {
      key: messageKey(message.id),
      author,
      text: withoutOwnName(text),
      files,
      saidAtMs: momentOf(message.id),
    },
    links: linksIn(text),
    mentionsLoom: called,
    beginsWithOther: !called && speaksToOther(message, reading),
  }
}

/** A person's embeds are previews of links, which stand in the words already. */
function wordsOf(words: WordsShape, { byProgram, voice }: { byProgram: boolean; voice: Voice }): string[] {
  const plain = (text: string) => plainOf(text, words, voice)
  const rich = words.embeds.filter(({ type }) => type === 'rich' || type === 'poll_result')
  return [
    ...(words.content.trim() === '' ? [] : [plain(words.content)]),
    ...(byProgram ? [...embedLines(rich), ...componentLines(words.components)].map(plain) : []),
    ...otherLines(words),
  ]
}

/** Who wrote a message; what comes by a webhook is a program's. */
export function authorOf(message: PlainMessage, reading: Pick<Reading, 'botUserId' | 'appId'>): Author {
  const { author, member, webhook_id } = message
  const externalId = author.id
  if (isOwn(message, reading)) return { kind: 'loom', externalId, name: 'Loom' }
  const name = nameOf({ ...author, member: member ?? author.member })
  const kind = author.bot === true || webhook_id !== undefined ? 'bot' : 'person'
  return { kind, externalId, ...(name === undefined ? {} : { name }) }
}

/** Whether Loom itself wrote it: as its bot, or as the answer to an interaction. */
export function isOwn(
  { application_id, author, webhook_id }: Pick<PlainMessage, 'application_id' | 'author' | 'webhook_id'>,
  { appId, botUserId }: Pick<Reading, 'botUserId' | 'appId'>,
): boolean {
  return author.id === botUserId || webhook_id === appId || application_id === appId
}

/** An answer to Loom that pings it counts it among those that it mentions. */
export function calls(
  { content, mention_roles, mentions }: DiscordMessage,
  { botRoleId, botUserId }: Voice,
): boolean {
  if (content.includes(`<@${botUserId}>`) || content.includes(`<@!${botUserId}>`)) return true
  if (mentions.some(({ id }) => id === botUserId)) return true
  return botRoleId !== undefined && mention_roles.includes(botRoleId)
}

export function answersLoom(message: DiscordMessage, reading: Reading): boolean {
  const { referenced_message: answered, type } = message
  return type === replyType && Boolean(answered) && isOwn(answered as PlainMessage, reading)
}

function speaksToOther(
  { author, content, referenced_message: answered, type }: DiscordMessage,
  { botUserId }: Voice,
) {
  const [, first] = /^\s*<@!?(\d+)>/.exec(content) ?? []
  if (first !== undefined) return first !== botUserId
  return type === replyType && Boolean(answered) && answered?.author.id !== author.id
}

const replyType = 19

/** Kinds of messages that somebody says; all others are notices of Discord's. */
export function isSaid({ type }: Pick<WordsShape, 'type'>): boolean {
  return type === 0 || type === replyType || type === 20 || type === 23
}

export const starterType = 21
