import { z } from 'zod'
import type { MessageRef } from '../../../core/chat.ts'

/** Where a post of ours is: the channel, its nonce, the timestamp of each of its messages, and Slack's ids of its files. */
export interface SlackRef {
  channel: string
  nonce: string
  ts: readonly string[]
  files: readonly string[]
}

const words = z.array(z.string())
const shape = z.tuple([z.string(), z.string(), words, words.default([])])

export function refOf({ channel, files, nonce, ts }: SlackRef): MessageRef {
  return JSON.stringify([channel, nonce, ts, ...(files.length > 0 ? [files] : [])])
}

export function parseRef(ref: MessageRef): SlackRef | undefined {
  try {
    const parsed = shape.safeParse(JSON.parse(ref))
    if (!parsed.success) return undefined
    const [channel, nonce, ts, files] = parsed.data
    return { channel, nonce, ts, files }
  } catch {
    return undefined
  }
}
