/** Runs work, so much of it at the same time and the rest in the order in which it came. */
export type FewAtOnce = <Result>(work: () => Promise<Result>) => Promise<Result>

/** For what holds a lot of memory while it runs. */
export function createFewAtOnce(most: number): FewAtOnce {
  let running = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    if (running < most) running += 1
    // Whoever ends hands its place on, so that nobody comes in between.
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
