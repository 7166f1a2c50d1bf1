import { z } from 'zod'
import type { MessageRef } from '../../../core/chat.ts'

/** Where a post of ours is: the channel, its nonce, and the timestamp of each of its messages. */
export interface SlackRef {
  channel: string
  nonce: string
  ts: readonly string[]
}

const shape = z.tuple([z.string(), z.string(), z.array(z.string())])

export function refOf({ channel, nonce, ts }: SlackRef): MessageRef {
  return JSON.stringify([channel, nonce, ts])
}

export function parseRef(ref: MessageRef): SlackRef | undefined {
  try {
    const parsed = shape.safeParse(JSON.parse(ref))
    if (!parsed.success) return undefined
    const [channel, nonce, ts] = parsed.data
    return { channel, nonce, ts }
  } catch {
    return undefined
  }
}
