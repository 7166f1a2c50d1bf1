import type { Author, ThreadMessage } from '../../../core/brief.ts'
import { type Loose, recordOf, textOf, wordOf } from './loose.ts'
import { type ReadMessage, readMessage } from './message.ts'

/**
 * The identity of a message, which is only unique with its team. `teamId` is what the installation stands for: the
 * team, or the whole organisation of an org-wide one.
 */
export function messageKey(input: { teamId: string; channel: string; ts: string }): string {
  return `slack:${input.teamId}:${input.channel}:${input.ts}`
}

/** `1700000000.000100` in milliseconds. */
export function momentOf(ts: string): number {
  return Math.round(Number(ts) * 1_000)
}

export interface Reading {
  teamId: string
  channel: string
  botUserId: string | undefined
  appId: string | undefined
  nameOf: (id: string) => string | undefined
}

/** A message of Slack as the thread keeps it, and what was read in it beside. */
export function threadMessageOf(
  message: Loose,
  input: Reading,
): { message: ThreadMessage; read: ReadMessage } {
  const ts = textOf(message.ts)
  const read = readMessage(message, input)
  return {
    read,
    message: {
      key: messageKey({ ...input, ts }),
      author: authorOf(message, input),
      text: read.text,
      files: read.files,
      saidAtMs: momentOf(ts),
    },
  }
}

/** Who wrote a message. A program is named by its profile, or by the name that it posted under. */
export function authorOf(message: Loose, input: Omit<Reading, 'teamId' | 'channel'>): Author {
  const user = wordOf(message.user)
  const bot = wordOf(message.bot_id)
  if (isOwn(message, input)) return { kind: 'loom', externalId: user ?? bot ?? 'loom', name: 'Loom' }
  if (bot !== undefined || message.subtype === 'bot_message') {
    const externalId = bot ?? user ?? 'unknown'
    const name =
      wordOf(recordOf(message.bot_profile).name) ?? wordOf(message.username) ?? input.nameOf(externalId)
    return { kind: 'bot', externalId, ...(name === undefined ? {} : { name }) }
  }
  const externalId = user ?? 'unknown'
  const name = input.nameOf(externalId)
  return { kind: 'person', externalId, ...(name === undefined ? {} : { name }) }
}

/** Whether Loom itself wrote it: by its app, or by its bot user. */
export function isOwn(
  message: Loose,
  { appId, botUserId }: { appId: string | undefined; botUserId: string | undefined },
): boolean {
  const app = wordOf(message.app_id) ?? wordOf(recordOf(message.bot_profile).app_id)
  if (app !== undefined && app === appId) return true
  return botUserId !== undefined && message.user === botUserId
}
