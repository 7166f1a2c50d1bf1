/** The order in which one process does what people wait for, and what can wait a little. */
export interface Turns {
  /** Done at once: somebody looks at a screen. */
  first<T>(work: () => Promise<T>): Promise<T>
  /** In line, a few at a time; none begins while something is done at once, unless it has waited too long. */
  later<T>(work: () => Promise<T>): Promise<T>
}

/** As many at once as a pool of connections serves. */
const usually = { most: 8, patienceMs: 10_000 }

/**
 * Keeps acknowledgements ahead of what they promise: of a thousand briefs in a few seconds every one is acknowledged in
 * time, and made durable as fast as that leaves room for.
 */
export function createTurns({ most, patienceMs } = usually): Turns {
  const waiting: { begin: () => void; sinceMs: number }[] = []
  let urgent = 0
  let running = 0

  const next = (): void => {
    for (let [head] = waiting; head && running < most; [head] = waiting) {
      if (urgent > 0 && performance.now() - head.sinceMs < patienceMs) return
      waiting.shift()
      running += 1
      head.begin()
    }
  }

  return {
    async first(work) {
      urgent += 1
      try {
        return await work()
      } finally {
        urgent -= 1
        next()
      }
    },
    async later(work) {
      const turn = Promise.withResolvers<void>()
      waiting.push({ begin: turn.resolve, sinceMs: performance.now() })
      const timer = setTimeout(next, patienceMs)
      next()
      await turn.promise
      clearTimeout(timer)
      try {
        return await work()
      } finally {
        running -= 1
        next()
      }
    },
  }
}
