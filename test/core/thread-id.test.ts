import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LoomError } from '../../src/core/errors.ts'
import { parseThreadId, threadId } from '../../src/core/thread-id.ts'
import { platforms } from '../../src/core/words.ts'

describe('a thread’s id', () => {
  it('comes apart into what it was put together from', () => {
    const channel = fc.string({ minLength: 1 }).filter((text) => !text.includes(':'))
    fc.assert(
      fc.property(
        fc.constantFrom(...platforms),
        channel,
        fc.string({ minLength: 1 }),
        (platform, name, thread) => {
          expect(parseThreadId(threadId(platform, name, thread))).toEqual({ platform, channel: name, thread })
        },
      ),
    )
  })

  it('may have colons in its thread', () => {
    expect(parseThreadId('slack:C1:17:00:x')).toEqual({ platform: 'slack', channel: 'C1', thread: '17:00:x' })
  })

  it.each([
    '',
    'slack',
    'slack:C1',
    'slack:C1:',
    'slack::1',
    ':C1:1',
    'teams:C1:1',
    'Slack:C1:1',
    'constructor:a:b',
  ])('is refused when it is %j', (id) => {
    expect(() => parseThreadId(id)).toThrow(LoomError)
    expect(() => parseThreadId(id)).toThrow('That is not a thread Loom knows.')
  })
})
