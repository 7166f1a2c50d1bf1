import { expect, test } from 'vitest'
import { createFewAtOnce } from '../../../../src/bots/discord/port/few-at-once.ts'

test('no more runs at the same time than may, all of it in its order, also past what fails', async () => {
  const few = createFewAtOnce(2)
  const ends: (() => void)[] = []
  const begun: number[] = []
  const work = Array.from({ length: 6 }, (_, index) =>
    few(async () => {
      begun.push(index)
      await new Promise<void>((resolve) => ends.push(resolve))
      if (index % 2 === 0) throw new Error(`${index}`)
      return index
    }),
  )
  const settled = Promise.allSettled(work)
  for (let count = 1; count <= 6; count += 1) {
    await expect.poll(() => begun.length).toBe(Math.min(6, count + 1))
    ends[count - 1]?.()
  }
  expect((await settled).map(({ status }) => status)).toEqual([
    ...['rejected', 'fulfilled', 'rejected'],
    ...['fulfilled', 'rejected', 'fulfilled'],
  ])
  expect(begun).toEqual([0, 1, 2, 3, 4, 5])
  expect(await few(async () => 'more')).toBe('more')
})
