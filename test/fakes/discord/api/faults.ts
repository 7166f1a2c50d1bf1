import type { Clock } from '../clock.ts'

export type Fault =
  /** Discord's own refusal. */
  | { status: number; code?: number; message?: string; retryAfterS?: number; global?: boolean }
  | { delayMs: number }
  /** No answer, ever; nothing is done. */
  | { hang: true }
  /** It is done, and the answer is lost. */
  | { dropReply: true }
  /** It is done, and nobody ever hears of it. */
  | { hangReply: true }
  /** The connection breaks before anything is done. */
  | { dropCall: true }

export interface Faults {
  /** The next call of a route meets it; with `times` the next few. As in `POST /channels/:channel/messages`; `*` is any. */
  next(route: string, fault: Fault, times?: number): void
  /** Discord is down: every call is answered with 503, the gateway closes and takes nobody. */
  down(): void
  downForMs(ms: number): void
  /** Everything answers again. */
  mend(): void
  isDown(): boolean
}

export function startFaults(clock: Clock, onDown: () => void) {
  const waiting: { route: string; fault: Fault; left: number }[] = []
  let downUntilMs = 0
  const isDown = () => clock.now() < downUntilMs
  const faults: Faults = {
    next: (route, fault, times = 1) => {
      waiting.push({ route, fault, left: times })
    },
    down: () => {
      downUntilMs = Number.POSITIVE_INFINITY
      onDown()
    },
    downForMs: (ms) => {
      downUntilMs = clock.now() + ms
      onDown()
    },
    mend: () => {
      downUntilMs = 0
      waiting.length = 0
    },
    isDown,
  }
  const take = (route: string): Fault | undefined => {
    if (isDown()) return { status: 503 }
    const found = waiting.find((each) => each.route === route || each.route === '*')
    if (!found) return undefined
    found.left -= 1
    if (found.left <= 0) waiting.splice(waiting.indexOf(found), 1)
    return found.fault
  }
  return { faults, take }
}
