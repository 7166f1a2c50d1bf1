/** Time that passes only when everybody waits for it. */
export function virtualTime(input: { onMove: (ms: number) => Promise<unknown> }) {
  const startMs = 1_000_000
  let nowMs = startMs
  let awake = 0
  const sleepers: { atMs: number; wake: () => void }[] = []

  return {
    now: () => nowMs,
    /** Since the beginning. */
    passedMs: () => nowMs - startMs,
    sleep(ms: number): Promise<void> {
      awake -= 1
      return new Promise((resolve) => sleepers.push({ atMs: nowMs + ms, wake: resolve }))
    },
    /** Runs all to their end, or until `untilMs` have passed. */
    async run(works: readonly (() => Promise<void>)[], untilMs: number): Promise<void> {
      awake = works.length
      for (const work of works) {
        void work().then(() => {
          awake -= 1
        })
      }
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve))
        if (awake > 0) continue
        sleepers.sort((a, b) => a.atMs - b.atMs)
        const next = sleepers.shift()
        if (!next || next.atMs - startMs > untilMs) return
        if (next.atMs > nowMs) await input.onMove(next.atMs - nowMs)
        nowMs = Math.max(nowMs, next.atMs)
        awake += 1
        next.wake()
      }
    },
  }
}

/** A provider's own bucket, filled continuously: what really is left, whatever anybody believes. */
export function providerBucket(input: { limit: number; left: number; now: () => number }) {
  const { limit, now } = input
  let level = input.left
  let atMs = now()
  return {
    take(count: number): boolean {
      level = Math.min(limit, level + (limit / 60_000) * (now() - atMs))
      atMs = now()
      if (level < count) return false
      level -= count
      return true
    },
    /** After the fact, as tokens are counted. */
    charge(count: number): void {
      level -= count
    },
    left: () => Math.max(0, Math.floor(level)),
  }
}
