import { expect, test, vi } from 'vitest'
import { inTime } from '../../src/bots/in-time.ts'

test('what is done in time is answered, and what fails in time is thrown', async () => {
  expect(await inTime(Promise.resolve(7))).toEqual({ value: 7 })
  await expect(inTime(Promise.reject(new Error('no')))).rejects.toThrow('no')
})

test('what takes longer than a platform waits is late, well before three seconds', async () => {
  vi.useFakeTimers()
  try {
    const ended = inTime(new Promise(() => undefined))
    await vi.advanceTimersByTimeAsync(2_500)
    expect(await ended).toBe('late')
  } finally {
    vi.useRealTimers()
  }
})
