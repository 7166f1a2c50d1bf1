import type { World } from '../world.ts'

export type Fault =
  /** Slack's own refusal. */
  | { error: string; fields?: Record<string, unknown> }
  | { status: number; retryAfterS?: number }
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
  /** The next call of a method meets it; with `times` the next few. `*` is any method. */
  next(method: string, fault: Fault, times?: number): void
  /** Every call is answered with 503 for so long, by Slack's clock. */
  downForMs(ms: number): void
  /** Everything answers again. */
  mend(): void
  revoke(token: string): void
  removeScope(token: string, scope: string): void
}

export function startFaults(world: World): Faults & { take(method: string): Fault | undefined } {
  const waiting: { method: string; fault: Fault; left: number }[] = []
  let downUntilMs = 0
  const installOf = (token: string) => {
    const install = world.installs.get(token)
    if (!install) throw new Error('no such token')
    return install
  }
  return {
    next: (method, fault, times = 1) => {
      waiting.push({ method, fault, left: times })
    },
    downForMs: (ms) => {
      downUntilMs = world.clock.now() + ms
    },
    mend: () => {
      downUntilMs = 0
      waiting.length = 0
    },
    revoke: (token) => {
      installOf(token).state = 'token_revoked'
    },
    removeScope: (token, scope) => {
      const install = installOf(token)
      install.scopes = install.scopes.filter((each) => each !== scope)
    },
    take: (method) => {
      if (world.clock.now() < downUntilMs) return { status: 503 }
      const found = waiting.find((each) => each.method === method || each.method === '*')
      if (!found) return undefined
      found.left -= 1
      if (found.left <= 0) waiting.splice(waiting.indexOf(found), 1)
      return found.fault
    },
  }
}
