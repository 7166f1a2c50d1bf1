import { z } from 'zod'
import type { MessageRef } from '../../../core/chat.ts'

/** One message of ours. */
export interface Posted {
  channel: string
  id: string
}

/** Where a post of ours is: its nonce and each of its messages. */
export interface DiscordRef {
  nonce: string
  messages: readonly Posted[]
}

const shape = z.tuple([z.string(), z.array(z.tuple([z.string(), z.string()]))])

export function refOf({ messages, nonce }: DiscordRef): MessageRef {
  return JSON.stringify([nonce, messages.map(({ channel, id }) => [channel, id])])
}

export function parseRef(ref: MessageRef): DiscordRef | undefined {
  try {
    const parsed = shape.safeParse(JSON.parse(ref))
    if (!parsed.success) return undefined
    const [nonce, messages] = parsed.data
    return { nonce, messages: messages.map(([channel, id]) => ({ channel, id })) }
  } catch {
    return undefined
  }
}
