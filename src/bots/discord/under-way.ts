export interface UnderWay {
  add(work: Promise<unknown>): void
  /** Waits for everything that was added, and for what is added meanwhile. */
  settled(): Promise<void>
}

/** What goes on beside, so that closing can wait for it. */
export function createUnderWay(): UnderWay {
  const all = new Set<Promise<unknown>>()
  return {
    add(work) {
      all.add(work)
      void work.finally(() => all.delete(work))
    },
    async settled() {
      while (all.size > 0) await Promise.allSettled(all)
    },
  }
}
