import type { ErrorKind, LoomError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import { choiceName, type ModelChoice } from './choice.ts'

const firstRestMs = 1_000
const longestRestMs = 30_000
/** A refused key or model does not mend itself: it is tried again seldom. */
const refusedRestMs = 300_000

/** Why a choice is left alone, until when, and whether it may come back by itself. */
export interface Rest {
  untilMs: number
  kind: ErrorKind
  error: LoomError
}

/**
 * What this process learned of its models, so that the steps after a failure do not walk into it again. A choice rests
 * as long as its provider asked for, else one second and then longer, never the same for two of them; a refused key
 * rests the whole account.
 */
export interface Health {
  restOf(choice: ModelChoice): Rest | undefined
  failed(choice: ModelChoice, error: LoomError): void
  answered(choice: ModelChoice): void
}

export function createHealth(deps: { now: Clock; random: () => number }): Health {
  const rests = new Map<string, Rest & { times: number }>()
  const keyOf = (choice: ModelChoice, kind: ErrorKind) =>
    kind === 'forbidden' ? choice.account : `${choice.account} ${choiceName(choice)}`

  return {
    restOf(choice) {
      return [choice.account, `${choice.account} ${choiceName(choice)}`]
        .flatMap((key) => rests.get(key) ?? [])
        .filter((rest) => rest.untilMs > deps.now())
        .sort((a, b) => b.untilMs - a.untilMs)[0]
    },
    failed(choice, error) {
      const key = keyOf(choice, error.kind)
      const times = (rests.get(key)?.times ?? 0) + 1
      const grown = Math.min(longestRestMs, firstRestMs * 2 ** (times - 1)) * (0.5 + deps.random() / 2)
      const restMs = error.retryable ? Math.max(grown, error.retryAfterMs ?? 0) : refusedRestMs
      rests.set(key, { untilMs: deps.now() + restMs, kind: error.kind, error, times })
    },
    answered(choice) {
      rests.delete(choice.account)
      rests.delete(`${choice.account} ${choiceName(choice)}`)
    },
  }
}
