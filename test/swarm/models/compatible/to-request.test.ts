import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message, Part } from '../../../../src/core/model.ts'
import { createCompatible } from '../../../../src/swarm/models/compatible/index.ts'
import { toRequest } from '../../../../src/swarm/models/compatible/to-request.ts'
import { type CompatibleBody, refusalOf, startCompatible } from '../../../fakes/compatible-server.ts'
import { anyMessages, requestOf, said, soundMessages } from '../transcripts.ts'

const show = ({ mediaType }: { mediaType: string }) => (mediaType === 'image/png' ? 'AQID' : undefined)

function bodyOf(messages: readonly Message[], changes: Parameters<typeof requestOf>[1] = {}): CompatibleBody {
  const body = toRequest({ request: requestOf(messages, changes), show })
  return JSON.parse(JSON.stringify(body)) as CompatibleBody
}

const picture = { type: 'image', mediaType: 'image/png', sha256: 'a'.repeat(64) } as const
const shown = { type: 'image_url', image_url: { url: 'data:image/png;base64,AQID' } }

describe('the translation to Chat Completions', () => {
  test('makes of any transcript a body that a server takes', () => {
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

  test('keeps the beginning of a body when the transcript grows', () => {
    fc.assert(
      fc.property(soundMessages, soundMessages, (before, more) => {
        const short = bodyOf(before).messages
        const long = bodyOf([
          ...before,
          { role: 'assistant', parts: [{ type: 'text', text: 'ok' }] },
          ...more,
        ])
        expect(long.messages.slice(0, short.length)).toEqual(short)
      }),
    )
  })

  test('shows the pictures of results behind all of them, and says in each which one it is', () => {
    const result = (callId: string, text: string): Part => ({
      type: 'tool_result',
      callId,
      name: 'read',
      content: [{ type: 'text', text }, picture],
      isError: callId === 'c2',
    })
    const call = (id: string): Part => ({ type: 'tool_call', id, name: 'read', input: {} })
    const body = bodyOf([
      said('Look.'),
      { role: 'assistant', parts: [{ type: 'text', text: 'I look.' }, call('c1'), call('c2')] },
      { role: 'user', parts: [result('c1', 'A chart.'), result('c2', 'Another.'), picture] },
    ])
    expect(body.messages.slice(1)).toEqual(
      [
        { role: 'system', content: 'You work for one person.' },
        { role: 'user', content: 'Look.' },
        {
          role: 'assistant',
          content: 'I look.',
          tool_calls: ['c1', 'c2'].map((id) => ({
            id,
            type: 'function',
            function: { name: 'read', arguments: '{}' },
          })),
        },
        { role: 'tool', tool_call_id: 'c1', content: 'A chart.\n(Picture 1 stands below.)' },
        { role: 'tool', tool_call_id: 'c2', content: 'Error:\nAnother.\n(Picture 2 stands below.)' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Picture 1:' },
            shown,
            { type: 'text', text: 'Picture 2:' },
            shown,
            shown,
          ],
        },
      ].slice(1),
    )
  })

  test('shows no picture to models that cannot see, and reads none', async () => {
    await using server = await startCompatible({ script: [{ reply: { deltas: [] } }] })
    const model = createCompatible({ baseUrl: `${server.origin}/v1`, apiKey: 'test-key', images: false })
    const readBlob = () => Promise.reject(new Error('not to be read'))
    const request = requestOf([{ role: 'user', parts: [picture] }], { readBlob })
    await model.call(request, new AbortController().signal)
    expect(JSON.stringify(server.requests[0]?.body)).toContain('An image that cannot be shown here')
  })

  test('gives no reasoning back, whoever’s it was', () => {
    const reasoning = (provider: string): Part => ({ type: 'reasoning', provider, data: { thinking: 'Hm.' } })
    const parts = ['compatible', 'openai', 'anthropic'].map(reasoning)
    const body = bodyOf([said('Think.'), { role: 'assistant', parts }, said('And?')])
    expect(JSON.stringify(body)).not.toContain('Hm.')
    expect(refusalOf(body)).toBeUndefined()
  })
})
