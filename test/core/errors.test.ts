import { describe, expect, it } from 'vitest'
import { errorKinds, LoomError, toLoomError } from '../../src/core/errors.ts'

describe('an error of the house', () => {
  it('may be tried again where time or another reading helps, unless it says otherwise', () => {
    const retryable = errorKinds.filter((kind) => new LoomError({ kind, message: 'x' }).retryable)
    expect(retryable).toEqual(['conflict', 'unavailable', 'rate_limited'])
    expect(new LoomError({ kind: 'conflict', message: 'x', retryable: false }).retryable).toBe(false)
    expect(new LoomError({ kind: 'internal', message: 'x', retryable: true }).retryable).toBe(true)
  })

  it('keeps what it was made of: sentence, detail and cause', () => {
    const cause = new Error('below')
    const error = new LoomError({ kind: 'corrupt', message: 'A sentence.', detail: 'for us', cause })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'LoomError',
      kind: 'corrupt',
      message: 'A sentence.',
      detail: 'for us',
      cause,
    })
    expect(Object.hasOwn(new LoomError({ kind: 'corrupt', message: 'x' }), 'cause')).toBe(false)
  })
})

describe('any thrown value', () => {
  it('stays itself when it is of the house', () => {
    const error = new LoomError({ kind: 'refused', message: 'No.' })
    expect(toLoomError(error)).toBe(error)
  })

  it.each([new TypeError('secret text'), 'secret text', undefined, null, 7, { secret: 'text' }])(
    'becomes internal, with a sentence that quotes nothing of it',
    (thrown) => {
      const error = toLoomError(thrown)
      expect(error).toMatchObject({ kind: 'internal', retryable: false })
      expect(error.cause).toBe(thrown)
      expect(`${error.message} ${error.detail}`).not.toContain('secret')
    },
  )
})
