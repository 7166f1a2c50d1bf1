import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message, Part } from '../../../../src/core/model.ts'
import { toRequest } from '../../../../src/swarm/models/anthropic/to-request.ts'
import { type AnthropicBody, refusalOf, type SentBlock } from '../../../fakes/anthropic-server.ts'
import { anyMessages, requestOf, said, soundMessages } from '../transcripts.ts'

const show = ({ mediaType }: { mediaType: string }) =>
  mediaType === 'image/png' || mediaType === 'application/pdf' ? 'AQID' : undefined

function bodyOf(messages: readonly Message[], changes: Parameters<typeof requestOf>[1] = {}): AnthropicBody {
  const body = toRequest({ request: requestOf(messages, { model: 'claude-sonnet-5-5', ...changes }), show })
  return JSON.parse(JSON.stringify(body)) as AnthropicBody
}

function blocksOf(body: AnthropicBody): SentBlock[] {
  return body.messages.flatMap(({ content }): SentBlock[] => content)
}

describe('the translation to the Messages API', () => {
  test('makes of any transcript a body that the provider takes', () => {
    fc.assert(
      fc.property(
        anyMessages,
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom('', '  ', 'Be brief.', '\ud800'),
        (messages, mayCallTools, tools, system) => {
          const body = bodyOf(messages, { system, mayCallTools, ...(tools ? {} : { tools: [] }) })
          expect(refusalOf(body)).toBeUndefined()
        },
      ),
      { numRuns: 500 },
    )
  })

  test('keeps every text, call and result of a sound transcript, in order', () => {
    fc.assert(
      fc.property(soundMessages, (messages) => {
        const blocks = blocksOf(bodyOf(messages))
        const heard = blocks.flatMap((block) => {
          if (block.type === 'text') return block.text === 'Go on.' ? [] : [block.text]
          if (block.type === 'tool_use') return [`call ${block.id}`]
          return block.type === 'tool_result' ? [`result ${block.tool_use_id}`] : []
        })
        const meant = messages
          .flatMap(({ parts }): readonly Part[] => parts)
          .map((part) => {
            if (part.type === 'text') return part.text
            if (part.type === 'tool_call') return `call ${part.id}`
            return part.type === 'tool_result' ? `result ${part.callId}` : ''
          })
        expect(heard).toEqual(meant)
      }),
    )
  })

  test('keeps the beginning of a body when the transcript grows, so that the cache holds', () => {
    fc.assert(
      fc.property(soundMessages, soundMessages, (before, more) => {
        const strip = (messages: readonly Message[]) =>
          bodyOf(messages).messages.map((message) =>
            JSON.stringify(message).replaceAll(/,"cache_control":\{[^}]*\}/g, ''),
          )
        const short = strip(before)
        expect(
          strip([...before, { role: 'assistant', parts: [{ type: 'text', text: 'ok' }] }, ...more]).slice(
            0,
            short.length,
          ),
        ).toEqual(short)
      }),
    )
  })

  test('marks the prefix and the last two user turns for the cache', () => {
    const body = bodyOf([
      said('one'),
      { role: 'assistant', parts: [{ type: 'text', text: 'a' }] },
      said('two'),
      { role: 'assistant', parts: [{ type: 'text', text: 'b' }] },
      { role: 'user', parts: [...said('three').parts, ...said('four').parts] },
    ])
    const marked = body.messages.map(({ content }) => content.map((block) => 'cache_control' in block))
    expect(marked).toEqual([[false], [false], [true], [false], [false, true]])
    expect(body.system?.at(-1)?.cache_control).toEqual({ type: 'ephemeral' })
    expect(bodyOf([said('one')], { system: '' }).tools?.at(-1)?.cache_control).toEqual({ type: 'ephemeral' })
  })

  test('answers a call that was never run, and leaves out a result without its call', () => {
    const body = bodyOf([
      said('Look.'),
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'read', input: { path: 'a' } }] },
      { role: 'user', parts: [result('elsewhere', 'secret words'), { type: 'text', text: 'And?' }] },
    ])
    expect(body.messages[2]?.content).toMatchObject([
      {
        type: 'tool_result',
        tool_use_id: 'c1',
        is_error: true,
        content: [{ text: 'This call was not run.' }],
      },
      { type: 'text', text: '(A result is left out: its call is not above.)' },
      { type: 'text', text: 'And?' },
    ])
    expect(JSON.stringify(body)).not.toContain('secret words')
  })

  test('joins consecutive turns and puts results before what was said with them', () => {
    const body = bodyOf([
      said('Look.'),
      { role: 'assistant', parts: [{ type: 'text', text: 'I look.' }] },
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'read', input: {} }] },
      said('Quickly!'),
      { role: 'user', parts: [result('c1', 'rows')] },
    ])
    expect(body.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    expect(body.messages[2]?.content.map(({ type }) => type)).toEqual(['tool_result', 'text'])
  })

  test('renames a call id that comes again, for the call and its result', () => {
    const step: Message[] = [
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'read', input: {} }] },
      { role: 'user', parts: [result('c1', 'rows')] },
    ]
    const blocks = blocksOf(bodyOf([said('Look.'), ...step, ...step]))
    expect(blocks.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []))).toEqual(['c1', 'call_1'])
    expect(blocks.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []))).toEqual([
      'c1',
      'call_1',
    ])
  })

  test('gives its own reasoning back as it came and drops that of others', () => {
    const data = { type: 'thinking', thinking: ' Hm. ', signature: 'sig' }
    const body = bodyOf([
      said('Think.'),
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', provider: 'anthropic', data },
          { type: 'reasoning', provider: 'openai', data: { ...data, signature: 'other' } },
          { type: 'text', text: 'Done.' },
        ],
      },
    ])
    expect(body.messages[1]?.content).toEqual([data, { type: 'text', text: 'Done.' }])
  })

  test('declares the tools that a transcript names when none may be called any more', () => {
    const messages: Message[] = [
      said('Look.'),
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'read', input: {} }] },
    ]
    const body = bodyOf(messages, { tools: [] })
    expect(body.tools).toMatchObject([{ name: 'read', input_schema: { type: 'object' } }])
    expect(body.tool_choice).toEqual({ type: 'none' })
    expect(bodyOf([said('Hi')], { tools: [] })).not.toHaveProperty('tools')
  })

  test('says that an image cannot be shown instead of sending what would be refused', () => {
    const image = { type: 'image', sha256: 'a'.repeat(64) } as const
    const body = bodyOf([
      {
        role: 'user',
        parts: [
          { ...image, mediaType: 'image/png' },
          { ...image, mediaType: 'image/tiff' },
        ],
      },
    ])
    expect(body.messages[0]?.content).toMatchObject([
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AQID' } },
      { type: 'text', text: expect.stringContaining('cannot be shown') },
    ])
  })
})

function result(callId: string, text: string): Part {
  return { type: 'tool_result', callId, name: 'read', content: [{ type: 'text', text }], isError: false }
}
