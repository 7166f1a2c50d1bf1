import type { FileSource } from '../../../core/brief.ts'
import { withoutOwnName } from '../../words/own-name.ts'
import { sharedFiles, speakAttachments } from './attachments.ts'
import { speakBlocks } from './blocks.ts'
import { readFiles } from './files.ts'
import { type Loose, recordOf, textOf } from './loose.ts'
import { plainOf } from './mrkdwn.ts'
import type { Permalink } from './permalinks.ts'
import { pastedTables, tableFiles } from './tables.ts'
import { createVoice } from './voice.ts'

/** A message as words. */
export interface ReadMessage {
  text: string
  files: FileSource[]
  /** Messages elsewhere that it points at. */
  permalinks: Permalink[]
  /** Whose names stand in it as ids, because nobody has asked for them yet. */
  nameless: string[]
  /** It speaks to Loom, anywhere in it. */
  mentionsLoom: boolean
  /** Its first word is the mention of somebody else. */
  beginsWithOther: boolean
}

/**
 * What a message says to a person: its blocks, or its text where they say nothing, then its attachments, then its
 * files. Mentions become names where `nameOf` knows them; Loom's own at the beginning is left out. Pure.
 */
export function readMessage(
  message: Loose,
  input: { botUserId: string | undefined; nameOf?: (id: string) => string | undefined },
): ReadMessage {
  const voice = createVoice(input)
  const blocks = speakBlocks(message.blocks, voice)
  const attached = speakAttachments(message.attachments, voice)
  const own = readFiles(message.files)
  const shared = readFiles(sharedFiles(message.attachments))
  const spoken = blocks.lines.join('\n').trim()
  const words = spoken === '' ? plainOf(textOf(message.text), voice).trim() : spoken
  const lines = [words, attached.lines.join('\n').trim(), ...own.lines, ...shared.lines]
  const whole = lines.filter((line) => line !== '').join('\n')
  const tables = [...blocks.tables, ...attached.tables, ...pastedTables(words)]
  const raw = textOf(message.text)
  return {
    text: withoutOwnName(whole),
    files: [...own.files, ...shared.files, ...tableFiles(tables)],
    permalinks: voice.permalinks,
    nameless: [...voice.nameless],
    mentionsLoom: input.botUserId !== undefined && mentions(message, raw, input.botUserId),
    beginsWithOther: beginsWithOther(message, raw, input.botUserId),
  }
}

function mentions(message: Loose, raw: string, botUserId: string): boolean {
  if (raw.includes(`<@${botUserId}>`) || raw.includes(`<@${botUserId}|`)) return true
  return firstUsers(message).includes(botUserId)
}

function beginsWithOther(message: Loose, raw: string, botUserId: string | undefined): boolean {
  const [, first] = /^\s*<@([A-Z0-9]+)(?:\|[^>]*)?>/.exec(raw) ?? []
  if (first !== undefined) return first !== botUserId
  return raw.trim() === '' && firstUsers(message).some((id, at) => at === 0 && id !== botUserId)
}

/** The people whom the first line of a message's rich text calls, as far as it holds nothing before them. */
function firstUsers(message: Loose): string[] {
  const [block] = Array.isArray(message.blocks) ? message.blocks : []
  const [section] = Array.isArray(recordOf(block).elements) ? (recordOf(block).elements as unknown[]) : []
  const elements = recordOf(section).elements
  return (Array.isArray(elements) ? elements : []).flatMap((element) => {
    const { type, user_id } = recordOf(element)
    return type === 'user' ? [textOf(user_id)] : []
  })
}
