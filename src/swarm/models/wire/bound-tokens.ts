import type { ModelRequest } from '../../../core/model.ts'
import { type BlobRules, blobsOf } from './blobs.ts'

/** What a provider writes around one message, block, tool or argument: role marks, tags, line breaks. */
const framingTokens = 16
/** The provider's own words: a few always, up to several hundred once tools are declared. */
const preambleTokens = 256
const toolPreambleTokens = 1_024

/**
 * An upper bound of a request's input in tokens, from the body as it will be sent with pictures and PDFs left out.
 *
 * A token stands for at least one byte: the providers' tokenizers fall back to single bytes and never below. Any
 * smaller rate can be passed: digits, base64 and odd scripts come near one token per byte, and a table of figures is
 * our daily bread. Plain English is held at three to four times what it costs, but only while its call runs: the
 * settlement takes what was counted. Of a PDF a model gets both its text and a picture of each page.
 */
export function boundTokens(request: ModelRequest, body: unknown, rules: BlobRules): number {
  const bytes = Buffer.byteLength(JSON.stringify(body))
  const parts = request.messages.flatMap((message) => message.parts)
  const names = parts.reduce(
    (sum, part) => sum + (part.type === 'tool_call' ? argumentsOf(part.input) : 1),
    0,
  )
  const pieces = request.messages.length + names + request.tools.length
  const calls = request.tools.length > 0 || parts.some((part) => part.type === 'tool_call')
  const preamble = preambleTokens + (calls ? toolPreambleTokens : 0)
  const blobs = blobsOf(request, rules).reduce((sum, part) => {
    if (part.type === 'image') return sum + rules.tokensPerPicture
    return sum + part.textBytes + part.pages * (rules.tokensPerPicture + framingTokens)
  }, 0)
  return bytes + pieces * framingTokens + preamble + blobs
}

function argumentsOf(input: unknown): number {
  return 2 + (typeof input === 'object' && input !== null ? Object.keys(input).length : 0)
}
