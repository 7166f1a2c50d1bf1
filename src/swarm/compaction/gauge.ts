import type { Message, Part, ResultPart, Usage } from '../../core/model.ts'
import type { Draft } from '../allowance.ts'

/** Between English prose and a table of figures; until a reply says what it is for this task. */
const usualBytesPerToken = 3
const fewestBytesPerToken = 1.2
const mostBytesPerToken = 4.5
/** About what a picture, or a page that is looked at, costs. */
const pictureTokens = 1_600

/** What stands in a request: text in bytes, and pictures in tokens. */
export interface Size {
  bytes: number
  pictures: number
}

/**
 * Guesses how many tokens a request has: near the truth, where `ModelPort.countTokens` is above all that can be. The
 * rate is that of the task's last reply, whose usage says exactly what the request before it came to.
 */
export interface Gauge {
  sizeOf(draft: Draft): Size
  tokensOf(size: Size): number
  learn(sent: Size, usage: Usage): void
}

export function createGauge(): Gauge {
  const known = new WeakMap<Message, Size>()
  let bytesPerToken = usualBytesPerToken
  const ofMessage = (message: Message): Size => {
    const before = known.get(message)
    if (before) return before
    const size = sizeOfParts(message.parts)
    known.set(message, size)
    return size
  }
  let declared: { tools: Draft['tools']; bytes: number } | undefined

  return {
    sizeOf({ messages, system, tools }) {
      if (declared?.tools !== tools) declared = { tools, bytes: jsonBytes(tools) }
      const sizes = messages.map(ofMessage)
      return sum([{ bytes: Buffer.byteLength(system) + declared.bytes, pictures: 0 }, ...sizes])
    },
    tokensOf: ({ bytes, pictures }) => Math.ceil(bytes / bytesPerToken) + pictures,
    learn(sent, { cacheReadTokens, cacheWriteTokens, inputTokens }) {
      const tokens = inputTokens + cacheReadTokens + cacheWriteTokens - sent.pictures
      if (tokens <= 0) return
      bytesPerToken = Math.min(mostBytesPerToken, Math.max(fewestBytesPerToken, sent.bytes / tokens))
    },
  }
}

export function sizeOfParts(parts: readonly (Part | ResultPart)[]): Size {
  return sum(parts.map(sizeOfPart))
}

function sizeOfPart(part: Part | ResultPart): Size {
  switch (part.type) {
    case 'text':
      return { bytes: Buffer.byteLength(part.text), pictures: 0 }
    case 'image':
      return { bytes: 0, pictures: pictureTokens }
    case 'document':
      return { bytes: part.textBytes, pictures: part.pages * pictureTokens }
    case 'tool_call':
      return { bytes: jsonBytes(part.input), pictures: 0 }
    case 'tool_result':
      return sizeOfParts(part.content)
    case 'reasoning':
      return { bytes: jsonBytes(part.data), pictures: 0 }
  }
}

function sum(sizes: readonly Size[]): Size {
  return sizes.reduce(
    (total, size) => ({ bytes: total.bytes + size.bytes, pictures: total.pictures + size.pictures }),
    { bytes: 0, pictures: 0 },
  )
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '')
}
