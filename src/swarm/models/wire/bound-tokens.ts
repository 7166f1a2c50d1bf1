import type { Message, ModelRequest, Part, ResultPart } from '../../../core/model.ts'
import { type BlobRules, documentName, isTaken } from './blobs.ts'
import { cleanName, inputObject, isRecord } from './clean.ts'

/** What a provider writes around one message, block, tool or argument: role marks, tags, line breaks. */
const framingTokens = 16
/** The provider's own words: a few always, up to several hundred once tools are declared. */
const preambleTokens = 256
const toolPreambleTokens = 1_024
/** What stands around a thing in a body, in bytes; the longest of the providers' ways to write it. */
const around = { body: 1_024, message: 96, text: 64, blob: 224, call: 320, result: 224, tool: 128 } as const

/**
 * An upper bound of a request's input in tokens, from the bytes of its body as it will be sent, pictures and PDFs left
 * out. Each message is measured once, however often it is sent again, so that a long transcript costs no more than what
 * is new in it.
 *
 * A token stands for at least one byte: the providers' tokenizers fall back to single bytes and never below. Any
 * smaller rate can be passed: digits, base64 and odd scripts come near one token per byte, and a table of figures is
 * our daily bread. Plain English is held at three to four times what it costs, but only while its call runs: the
 * settlement takes what was counted. Of a PDF a model gets both its text and a picture of each page.
 */
export function createBound(who: {
  provider: string
  rules: BlobRules
  /** `text`: a call's arguments are written as JSON inside a string. */
  argumentsAs: 'json' | 'text'
}): (request: ModelRequest) => number {
  const known = new WeakMap<object, { tokens: number; calls: boolean }>()
  const measured = (thing: object, measure: () => { tokens: number; calls: boolean }) => {
    const before = known.get(thing)
    if (before) return before
    const found = measure()
    known.set(thing, found)
    return found
  }

  const ofPart = (part: Part): number => {
    switch (part.type) {
      case 'text':
        return around.text + framingTokens + jsonBytes(part.text)
      case 'image':
      case 'document':
        return ofBlob(part)
      case 'reasoning':
        return part.provider === who.provider ? around.text + framingTokens + jsonBytes(part.data) : 0
      case 'tool_call': {
        const input = inputObject(part.input)
        const written = jsonBytes(who.argumentsAs === 'text' ? JSON.stringify(input) : input)
        return (
          around.call +
          framingTokens * (2 + Object.keys(input).length) +
          written +
          cleanName(part.name).length
        )
      }
      case 'tool_result':
        return part.content.reduce((sum, item) => sum + ofItem(item), around.result + framingTokens)
    }
  }
  const ofItem = (item: ResultPart): number =>
    item.type === 'text' ? around.text + framingTokens + jsonBytes(item.text) : ofBlob(item)
  const ofBlob = (part: Exclude<ResultPart, { type: 'text' }>): number => {
    const words = around.blob + framingTokens
    if (part.type === 'image') return words + (isTaken(part, who.rules) ? who.rules.tokensPerPicture : 0)
    const pages = part.textBytes + part.pages * (who.rules.tokensPerPicture + framingTokens)
    return words + jsonBytes(documentName(part)) + (isTaken(part, who.rules) ? pages : 0)
  }
  const ofMessage = (message: Message) => ({
    tokens: message.parts.reduce((sum, part) => sum + ofPart(part), around.message + framingTokens),
    calls: message.parts.some((part) => part.type === 'tool_call'),
  })
  const ofTools = (tools: ModelRequest['tools']) => ({
    tokens: tools.reduce((sum, tool) => sum + around.tool + framingTokens + jsonBytes(tool), 0),
    calls: tools.length > 0,
  })

  return ({ messages, model, system, tools, userId }) => {
    const declared = measured(tools, () => ofTools(tools))
    let calls = declared.calls
    let tokens = around.body + declared.tokens + jsonBytes(system) + jsonBytes(userId) + 2 * jsonBytes(model)
    for (const message of messages) {
      const part = measured(message, () => ofMessage(message))
      tokens += part.tokens
      calls ||= part.calls
    }
    return tokens + preambleTokens + (calls ? toolPreambleTokens : 0)
  }
}

function jsonBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(JSON.stringify(value.toWellFormed()))
  if (!isRecord(value) && !Array.isArray(value)) return 64
  return Buffer.byteLength(JSON.stringify(value))
}
