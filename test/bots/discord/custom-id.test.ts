import fc from 'fast-check'
import { expect, test } from 'vitest'
import { customId, parseCustomId, pressVerbs } from '../../../src/bots/discord/custom-id.ts'

const pressed = fc.record(
  {
    verb: fc.constantFrom(...pressVerbs),
    jobId: fc.uuid(),
    subject: fc.uuid(),
    value: fc.stringMatching(/^[\w-]{1,32}$/),
  },
  { requiredKeys: ['verb', 'jobId'] },
)

test('what a component is given comes back as it was, in at most a hundred characters', () => {
  fc.assert(
    fc.property(pressed, (given) => {
      const id = customId(given)
      expect(id.length).toBeLessThanOrEqual(100)
      expect(parseCustomId(id)).toEqual(given)
    }),
  )
})

test('two presses that differ have two ids', () => {
  fc.assert(
    fc.property(pressed, pressed, (one, other) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(other))
      expect(customId(one)).not.toBe(customId(other))
    }),
  )
})

test('whatever a client sends is read as ids or not at all', () => {
  const near = fc.tuple(pressed, fc.nat(), fc.string({ maxLength: 3 })).map(([given, at, put]) => {
    const id = customId(given)
    return `${id.slice(0, at % id.length)}${put}${id.slice((at % id.length) + 1)}`
  })
  fc.assert(
    fc.property(fc.oneof(fc.string(), near), (text) => {
      const read = parseCustomId(text)
      if (read) expect(customId(read)).toBe(text)
    }),
  )
})

test('the ids of others, and of nothing, are not ours', () => {
  const jobId = '0198c0de-0000-7000-8000-000000000001'
  const ours = customId({ verb: 'stop', jobId })
  for (const text of ['', 'poll:1', ours.replace('stop', 'drop-all'), ours.slice(0, -1), `${ours}:x y`])
    expect(parseCustomId(text)).toBeUndefined()
  expect(() => customId({ verb: 'stop', jobId: 'job-1' })).toThrow(
    expect.objectContaining({ kind: 'internal' }),
  )
  expect(() => customId({ verb: 'answer', jobId, value: 'free text' })).toThrow()
})
