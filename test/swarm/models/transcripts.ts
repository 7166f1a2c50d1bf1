import fc from 'fast-check'
import type { Message, ModelRequest, Part, ResultPart } from '../../../src/core/model.ts'

/** Texts as they come: blank, of other scripts, torn in the middle of a character. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', ' ', '\n\t', '\u0000', '\ufeff', '\ud83d', 'x\udc00', '円を描く', '"\\'),
)
const image = fc.record({
  type: fc.constant('image' as const),
  mediaType: fc.constantFrom('image/png', 'image/jpeg', 'image/tiff'),
  sha256: fc.constantFrom('a'.repeat(64), 'b'.repeat(64)),
})
const document = fc.record({
  type: fc.constant('document' as const),
  mediaType: fc.constant('application/pdf' as const),
  sha256: fc.constantFrom('c'.repeat(64), 'd'.repeat(64)),
  name: fc.oneof(text, fc.constantFrom('a.pdf', 'scan', 'n'.repeat(300))),
  pages: fc.nat({ max: 100 }),
  textBytes: fc.nat({ max: 9_999 }),
})
const result: fc.Arbitrary<ResultPart> = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text }),
  image,
  document,
)

/** Few ids, so that they collide; some that no provider takes. */
const callId = fc.constantFrom(
  'a',
  'b',
  'toolu_01',
  'call_1',
  'call_2',
  'has space',
  '',
  'x'.repeat(80),
  '号',
)
const name = fc.constantFrom('read', 'write', 'submit_plan', 'made.up tool', '', 'n'.repeat(90))
const sealed = fc.constantFrom(
  { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
  { type: 'thinking', thinking: 'Hm.', signature: '' },
  { type: 'redacted_thinking', data: 'sealed' },
  { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'sealed' },
  { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: null },
  { type: 'reasoning' },
  'neither',
  null,
)

const part: fc.Arbitrary<Part> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('text' as const), text }) },
  image,
  document,
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('tool_call' as const),
      id: callId,
      name,
      input: fc.oneof(fc.jsonValue(), fc.anything(), text, fc.dictionary(text, text, { maxKeys: 3 })),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('tool_result' as const),
      callId,
      name,
      content: fc.array(result, { maxLength: 3 }),
      isError: fc.boolean(),
    }),
  },
  fc.record({
    type: fc.constant('reasoning' as const),
    provider: fc.constantFrom('anthropic', 'openai', 'compatible', 'rehearsal'),
    data: sealed,
  }),
)

/** Anything that the types allow: any part under any role, in any order. */
export const anyMessages: fc.Arbitrary<Message[]> = fc.array(
  fc.record({
    role: fc.constantFrom('user' as const, 'assistant' as const),
    parts: fc.array(part, { maxLength: 6 }),
  }),
  { maxLength: 8 },
)

/** As the agent writes them: a first message, then replies with their results, each call answered in its order. */
export const soundMessages: fc.Arbitrary<Message[]> = fc
  .array(
    fc.record({ words: fc.string({ minLength: 1 }).map((said) => `>${said}`), calls: fc.nat({ max: 4 }) }),
    { maxLength: 6 },
  )
  .map((steps) => [
    { role: 'user' as const, parts: [{ type: 'text' as const, text: 'The brief.' }] },
    ...steps.flatMap(({ calls, words }, step): Message[] => {
      const ids = Array.from({ length: calls }, (_, call) => `id_${step}_${call}`)
      const input = { path: `inputs/${step}.csv` }
      return [
        {
          role: 'assistant',
          parts: [
            { type: 'text', text: words },
            ...ids.map((id): Part => ({ type: 'tool_call', id, name: 'read', input })),
          ],
        },
        {
          role: 'user',
          parts:
            ids.length === 0
              ? [{ type: 'text', text: 'Go on then.' }]
              : ids.map(
                  (id): Part => ({
                    type: 'tool_result',
                    callId: id,
                    name: 'read',
                    content: [{ type: 'text', text: `rows of ${id}` }],
                    isError: false,
                  }),
                ),
        },
      ]
    }),
  ])

export const readTool = {
  name: 'read',
  description: 'Reads a file.',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } } },
}

/** A request with the parts that a test is not about. */
export function requestOf(messages: readonly Message[], changes: Partial<ModelRequest> = {}): ModelRequest {
  return {
    purpose: 'work',
    model: 'a-model',
    effort: 'medium',
    userId: 'u_7f3a',
    system: 'You work for one person.',
    tools: [readTool],
    mayCallTools: true,
    messages,
    maxOutputTokens: 1_024,
    readBlob: async () => new Uint8Array([1, 2, 3]),
    ...changes,
  }
}

export function said(text: string): Message {
  return { role: 'user', parts: [{ type: 'text', text }] }
}
