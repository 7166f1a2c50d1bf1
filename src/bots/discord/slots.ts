export interface Slots {
  /** Resolves when there is room, with what gives the room back; giving it back twice is harmless. */
  take(): Promise<() => void>
}

/** Room for so many at once; whoever comes later stands in line. */
export function createSlots(most: number): Slots {
  const line: (() => void)[] = []
  let free = most

  const giveBack = (): (() => void) => {
    let held = true
    return () => {
      if (!held) return
      held = false
      const next = line.shift()
      if (next) next()
      else free += 1
    }
  }

  return {
    async take() {
      if (free > 0) free -= 1
      else await new Promise<void>((resolve) => line.push(resolve))
      return giveBack()
    },
  }
}
