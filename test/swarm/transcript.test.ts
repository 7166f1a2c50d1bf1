import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message, Part } from '../../src/core/model.ts'
import type { StepRecord } from '../../src/storage/tasks/loaded.ts'
import { createTranscript, textOf } from '../../src/swarm/transcript.ts'

const textsOf = (message: Message | undefined) =>
  (message?.parts ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : []))

describe('a transcript is the same however it came to be', () => {
  const first: Message = { role: 'user', parts: [{ type: 'text', text: 'The brief.' }] }
  const parts: fc.Arbitrary<Part[]> = fc.array(
    fc.oneof(
      fc.string().map((text): Part => ({ type: 'text', text })),
      fc.string().map((data): Part => ({ type: 'reasoning', provider: 'anthropic', data })),
      fc.constant<Part>({ type: 'tool_call', id: 'c', name: 'read', input: {} }),
    ),
    { maxLength: 3 },
  )
  const results: fc.Arbitrary<Part[]> = fc.array(
    fc.boolean().map(
      (pictured): Part => ({
        type: 'tool_result',
        callId: 'c',
        name: 'read',
        content: pictured
          ? [{ type: 'image', mediaType: 'image/png', sha256: 'a' }]
          : [{ type: 'text', text: 'rows' }],
        isError: false,
      }),
    ),
    { maxLength: 2 },
  )
  const moves = fc.array(
    fc.record({
      reply: parts,
      results,
      heard: fc.array(fc.string(), { maxLength: 2 }),
      /** Where, in percent of the steps so far, a summary cuts; above 100: none. */
      cut: fc.nat({ max: 300 }),
      text: fc.string(),
    }),
    { maxLength: 25 },
  )

  test('step by step, or at once by a worker that read it from the store', () => {
    fc.assert(
      fc.property(moves, (history) => {
        const grown = createTranscript({ first, nudge: 'Go on.' })
        const steps: StepRecord[] = []
        let said = 0
        for (const { cut, heard, reply, results: came, text } of history) {
          const told = heard.map((words) => ({ messageId: `m${said++}`, text: words }))
          steps.push({ ordinal: steps.length, heard: told, reply, results: came })
          const same = () => {
            const stored: StepRecord[] = JSON.parse(JSON.stringify(steps))
            expect(grown(steps, [])).toEqual(createTranscript({ first, nudge: 'Go on.' })(stored, []))
          }
          same()
          const newest = steps.at(-1)
          if (cut > 100 || !newest) continue
          const standsForBefore = Math.floor((cut / 100) * (steps.length - 1))
          const before = steps.findLast((step) => step.summary)?.summary?.standsForBefore ?? 0
          if (standsForBefore < before) continue
          steps[steps.length - 1] = { ...newest, summary: { standsForBefore, text } }
          same()
        }
        // Whatever was left out, every word of the person stands in it once.
        const all = grown(steps, []).flatMap(textsOf)
        for (const { messageId, text } of steps.flatMap((step) => step.heard)) {
          expect([messageId, all.filter((words) => words === text).length]).not.toEqual([messageId, 0])
        }
      }),
      { numRuns: 200 },
    )
  })

  test('pictures and documents of steps before a cut are left out, but for those that nobody has read', () => {
    const shown: Part[] = [{ type: 'tool_call', id: 'c', name: 'read', input: {} }]
    const picture = { type: 'image', mediaType: 'image/png', sha256: 'a'.repeat(64) } as const
    const record = (ordinal: number, cut?: StepRecord['summary']): StepRecord => ({
      ordinal,
      heard: [],
      reply: shown,
      results: [
        {
          type: 'tool_result',
          callId: 'c',
          name: 'read',
          content: [{ type: 'text', text: `look ${ordinal}` }, picture],
          isError: false,
        },
      ],
      ...(cut ? { summary: cut } : {}),
    })
    const transcript = createTranscript({ first, nudge: 'Go on.' })
    const messages = transcript([record(0), record(1, { standsForBefore: 0, text: '' }), record(2)], [])
    expect(messages).toHaveLength(7)
    const images = messages.map((message) => JSON.stringify(message).includes('"image"'))
    expect(images).toEqual([false, false, false, false, true, false, true])
    expect(JSON.stringify(messages[2])).toContain('look 0')
  })

  test('what is sent again are the very messages that were sent before', () => {
    const grown = createTranscript({ first, nudge: 'Go on.' })
    const steps: StepRecord[] = [0, 1, 2].map((ordinal) => ({
      ordinal,
      heard: [],
      reply: [{ type: 'text', text: `reply ${ordinal}` }],
      results: [],
    }))
    const before = grown(steps.slice(0, 2), [])
    const after = grown(steps, [])
    for (const [index, message] of before.entries()) expect(after[index]).toBe(message)
    expect(textOf(after.at(-2)?.parts ?? [])).toBe('reply 2')
  })
})
