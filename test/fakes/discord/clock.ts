export interface Clock {
  now(): number
  /** Lets time pass for Discord alone: what is due by then is done. */
  pass(ms: number): void
  /** Does something when its time has come; the result takes it back. */
  after(ms: number, run: () => void): () => void
  stop(): void
}

/** The machine's clock or one that a test gives, and whatever was let pass beside it. */
export function startClock(given?: { now(): number }): Clock {
  const base = given ?? Date
  let offsetMs = 0
  const due = new Set<{ atMs: number; run: () => void; timer: NodeJS.Timeout | undefined }>()
  const now = () => base.now() + offsetMs
  const runDue = () => {
    for (const each of [...due].sort((left, right) => left.atMs - right.atMs)) {
      if (each.atMs > now() || !due.delete(each)) continue
      clearTimeout(each.timer)
      each.run()
    }
  }
  return {
    now,
    pass: (ms) => {
      offsetMs += ms
      runDue()
    },
    after: (ms, run) => {
      const each = {
        atMs: now() + ms,
        run,
        timer: given ? undefined : setTimeout(runDue, ms + 1).unref(),
      }
      due.add(each)
      return () => {
        clearTimeout(each.timer)
        due.delete(each)
      }
    },
    stop: () => {
      for (const each of due) clearTimeout(each.timer)
      due.clear()
    },
  }
}
