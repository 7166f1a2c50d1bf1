import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message, Part } from '../../../../src/core/model.ts'
import { hasBreakpoints, reasons, toRequest } from '../../../../src/swarm/models/openai/to-request.ts'
import { type OpenAiBody, refusalOf } from '../../../fakes/openai-server.ts'
import { anyMessages, requestOf, said, soundMessages } from '../transcripts.ts'

const show = ({ mediaType }: { mediaType: string }) =>
  mediaType === 'image/png' || mediaType === 'application/pdf' ? 'AQID' : undefined

function bodyOf(
  messages: readonly Message[],
  changes: Parameters<typeof requestOf>[1] = {},
  model = 'gpt-5.6-terra',
): OpenAiBody {
  const body = toRequest({ request: requestOf(messages, { model, ...changes }), show })
  return JSON.parse(JSON.stringify(body)) as OpenAiBody
}

describe('the translation to the Responses API', () => {
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
        const heard = bodyOf(messages).input.flatMap((item) => {
          if ('role' in item) {
            return item.role === 'assistant'
              ? [item.content]
              : item.content.map((part) => (part.type === 'input_text' ? part.text : ''))
          }
          if (item.type === 'function_call') return [`call ${item.call_id}`]
          return item.type === 'function_call_output' ? [`result ${item.call_id}`] : []
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

  test('keeps the beginning of a body and its cache key when the transcript grows', () => {
    fc.assert(
      fc.property(soundMessages, soundMessages, (before, more) => {
        const short = bodyOf(before)
        const long = bodyOf([
          ...before,
          { role: 'assistant', parts: [{ type: 'text', text: 'ok' }] },
          ...more,
        ])
        expect(long.input.slice(0, short.input.length)).toEqual(short.input)
        expect(long.prompt_cache_key).toBe(short.prompt_cache_key)
      }),
    )
  })

  test('has a cache key for each system prompt', () => {
    expect(bodyOf([said('Hi')]).prompt_cache_key).not.toBe(
      bodyOf([said('Hi')], { system: 'Else.' }).prompt_cache_key,
    )
  })

  test('asks for sealed reasoning of models that reason, and keeps nothing at the provider', () => {
    const body = bodyOf([said('Hi')])
    expect(body).toMatchObject({ store: false, include: ['reasoning.encrypted_content'] })
    expect(body).not.toHaveProperty('previous_response_id')
    expect(bodyOf([said('Hi')], {}, 'gpt-4.1')).not.toHaveProperty('include')
    expect(['gpt-5.5', 'gpt-5.4', 'gpt-5-mini', 'o4-mini'].every(reasons)).toBe(true)
    expect(['gpt-4.1', 'gpt-5-chat-latest', 'llama-3', 'gpt-oss-20b'].some(reasons)).toBe(false)
  })

  test('ends the prefix to keep behind the brief, for models that can be told, and nowhere else', () => {
    const words = { type: 'input_text', text: 'a' }
    const marked = { ...words, text: 'b', prompt_cache_breakpoint: { mode: 'explicit' } }
    const messages: Message[] = [
      { role: 'user', parts: [...said('a').parts, ...said('b').parts] },
      { role: 'assistant', parts: [{ type: 'text', text: 'ok' }] },
      said('a'),
    ]
    expect(bodyOf(messages).input).toEqual([
      { role: 'user', content: [words, marked] },
      { role: 'assistant', content: 'ok' },
      { role: 'user', content: [words] },
    ])
    expect(JSON.stringify(bodyOf(messages, {}, 'gpt-5.5'))).not.toContain('breakpoint')
    expect(bodyOf(messages)).not.toHaveProperty('prompt_cache_options')
    expect(['gpt-5.6-sol', 'gpt-5.6', 'gpt-6-luna', 'gpt-6.1-terra'].every(hasBreakpoints)).toBe(true)
    expect(['gpt-5.5', 'gpt-5', 'gpt-4.1', 'o3', 'gpt-5-mini', 'gpt-oss-20b'].some(hasBreakpoints)).toBe(
      false,
    )
  })

  test('gives its own reasoning back as it came, not that of others, and not where nothing follows it', () => {
    const data = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'sealed' }
    const reasoning = (provider: string, id: string): Part => ({
      type: 'reasoning',
      provider,
      data: { ...data, id },
    })
    const body = bodyOf([
      said('Think.'),
      {
        role: 'assistant',
        parts: [
          reasoning('openai', 'rs_1'),
          reasoning('anthropic', 'rs_2'),
          { type: 'text', text: 'So far.' },
          reasoning('openai', 'rs_3'),
        ],
      },
      said('And?'),
    ])
    expect(body.input.slice(1, -1)).toEqual([data, { role: 'assistant', content: 'So far.' }])
  })

  test('says in words that a result is an error, and sends pictures in a result', () => {
    const body = bodyOf([
      said('Look.'),
      {
        role: 'assistant',
        parts: [
          { type: 'tool_call', id: 'c1', name: 'read', input: '{"path": torn' },
          { type: 'tool_call', id: 'c2', name: 'read', input: {} },
        ],
      },
      {
        role: 'user',
        parts: [
          {
            type: 'tool_result',
            callId: 'c1',
            name: 'read',
            content: [{ type: 'text', text: 'No.' }],
            isError: true,
          },
          {
            type: 'tool_result',
            callId: 'c2',
            name: 'read',
            content: [
              { type: 'text', text: 'A chart.' },
              { type: 'image', mediaType: 'image/png', sha256: 'a'.repeat(64) },
            ],
            isError: false,
          },
        ],
      },
    ])
    expect(body.input.slice(1)).toEqual([
      { type: 'function_call', call_id: 'c1', name: 'read', arguments: '{"unparsed":"{\\"path\\": torn"}' },
      { type: 'function_call', call_id: 'c2', name: 'read', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c1', output: 'Error:\nNo.' },
      {
        type: 'function_call_output',
        call_id: 'c2',
        output: [
          { type: 'input_text', text: 'A chart.' },
          { type: 'input_image', detail: 'high', image_url: 'data:image/png;base64,AQID' },
        ],
      },
    ])
  })
})
