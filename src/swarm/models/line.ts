import type { LimitKind } from '../../core/model.ts'

/** A call that wants to go to a model whose limits are known. */
export interface Waiting {
  /** Whose call it is: turns are taken by tenant. */
  tenant: string
  needs: Record<LimitKind, number>
  /** What it took when it went. */
  spent: Partial<Record<LimitKind, number>>
  /** Its place in the line, from when it first joined. */
  turn: number | undefined
  awake: boolean
  /** Whether a draw was made for it since it woke. */
  asked: boolean
}

/**
 * Who waits for room at one model. A tenant's next call comes one turn after its last one, and no earlier than those
 * being served: a hundred waiting calls of one tenant are one turn ahead of the first call of another, not a hundred.
 */
export function createLine() {
  let waiting: Waiting[] = []
  let served = 0
  const lastTurns = new Map<string, number>()

  const leave = (call: Waiting): void => {
    waiting = waiting.filter((other) => other !== call)
    if (waiting.length === 0) lastTurns.clear()
  }

  return {
    leave,
    size: () => waiting.length,
    all: (): readonly Waiting[] => waiting,

    join(call: Waiting): void {
      Object.assign(call, { awake: true, asked: false })
      if (waiting.includes(call)) return
      const turn = Math.max(served, lastTurns.get(call.tenant) ?? 0) + 1
      lastTurns.set(call.tenant, turn)
      call.turn = turn
      const at = waiting.findIndex((other) => (other.turn ?? 0) > turn)
      waiting.splice(at < 0 ? waiting.length : at, 0, call)
    },

    before: (call: Waiting): readonly Waiting[] => waiting.slice(0, Math.max(0, waiting.indexOf(call))),

    upToLastAwake: (): readonly Waiting[] =>
      waiting.slice(0, waiting.findLastIndex((call) => call.awake) + 1),

    sleep(call: Waiting): void {
      call.awake = false
    },

    serve(call: Waiting): void {
      served = Math.max(served, call.turn ?? 0)
      leave(call)
    },
  }
}
