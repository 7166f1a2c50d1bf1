import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createTurns } from '../../../../src/bots/discord/hear/turns.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Work that begins when its turn comes and ends when it is told to. */
function works() {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const work = (name: string) => () => {
    begun.push(name)
    return new Promise<void>((resolve) => ends.set(name, resolve))
  }
  const end = async (name: string) => {
    ends.get(name)?.()
    await vi.advanceTimersByTimeAsync(0)
  }
  return { begun, work, end }
}

test('what can wait begins in line, so many at once, behind what is done at once', async () => {
  const { begun, end, work } = works()
  const turns = createTurns({ most: 2, patienceMs: 1_000 })
  void turns.first(work('hello'))
  for (const name of ['a', 'b', 'c']) void turns.later(work(name))
  await vi.advanceTimersByTimeAsync(0)
  expect(begun).toEqual(['hello'])
  await end('hello')
  expect(begun).toEqual(['hello', 'a', 'b'])
  await end('b')
  expect(begun).toEqual(['hello', 'a', 'b', 'c'])
})

test('nothing waits for ever behind what is done at once, and a failure gives its turn to the next', async () => {
  const { begun, work } = works()
  const turns = createTurns({ most: 1, patienceMs: 1_000 })
  void turns.first(work('hello'))
  const failing = turns.later(async () => {
    throw new Error('no')
  })
  const failed = expect(failing).rejects.toThrow('no')
  void turns.later(work('b'))
  await vi.advanceTimersByTimeAsync(900)
  expect(begun).toEqual(['hello'])
  await vi.advanceTimersByTimeAsync(200)
  await failed
  expect(begun).toEqual(['hello', 'b'])
})
