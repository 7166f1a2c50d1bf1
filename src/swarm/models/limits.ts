import { createHmac } from 'node:crypto'
import type { LoomError } from '../../core/errors.ts'
import type { LimitSaid, Usage } from '../../core/model.ts'
import { type Bucket, type BucketDeps, createBucket } from './bucket.ts'
import { choiceName, type ModelChoice } from './choice.ts'
import type { Waiting } from './line.ts'

/** One call's way through the limits of one model. None of it throws. */
export interface Passage {
  /** Zero: go now. Else about how many milliseconds until there may be room; ask again then. */
  take(): Promise<number>
  heard(said: readonly LimitSaid[]): void
  answered(usage: Usage): void
  failed(error: LoomError): void
  /** Gives up the place in the line. To be called in the end, however that came. */
  leave(): void
}

export interface Limits {
  passage(
    choice: ModelChoice,
    input: { tenant: string; inputTokens: number; maxOutputTokens: number },
  ): Passage
  /** Gives back what lies here unused. To be called about once a second. */
  tidy(): Promise<void>
  close(): Promise<void>
}

/** What calls came to need of late, for the next ones to go by. */
interface Habits {
  /** Tokens by the bound of the input, which counts bytes: those not from the cache, and all. */
  freshShare: number
  inputShare: number
  outputTokens: number
}

/**
 * The providers' limits, shared by all workers: a bucket for each account, model and kind, known from the headers of
 * replies. A call reserves a request and the tokens that it will probably need; what it did need is settled after it.
 * The input's bound is three to ten times the truth and a reply is seldom as long as it may be, so both are estimated
 * from the calls before; only where a provider counts the longest reply in advance (`tokens`) that is reserved.
 * `key` makes the buckets' names.
 */
export function createLimits(deps: BucketDeps & { key: Buffer }): Limits {
  const models = new Map<string, { bucket: Bucket; habits: Habits }>()

  const modelOf = (choice: ModelChoice) => {
    const id = `${choice.account} ${choiceName(choice)}`
    const known = models.get(id)
    if (known) return known
    const name = createHmac('sha256', deps.key).update(id).digest('hex').slice(0, 32)
    const habits = { freshShare: 0.3, inputShare: 0.3, outputTokens: 500 }
    const made = { bucket: createBucket(deps, name), habits }
    models.set(id, made)
    return made
  }

  const buckets = () => [...models.values()].map(({ bucket }) => bucket)

  return {
    passage(choice, input) {
      const { bucket, habits } = modelOf(choice)
      const { inputTokens, maxOutputTokens, tenant } = input
      const needs = {
        requests: 1,
        input_tokens: inputTokens * habits.freshShare,
        output_tokens: Math.min(habits.outputTokens, maxOutputTokens),
        tokens: inputTokens * habits.inputShare + maxOutputTokens,
      }
      const call: Waiting = { tenant, needs, spent: {}, turn: undefined, awake: false, asked: false }
      let said: readonly LimitSaid[] = []
      let sentAtMs = deps.now()
      return {
        async take() {
          const waitMs = await bucket.take(call)
          sentAtMs = deps.now()
          return waitMs
        },
        leave: () => bucket.leave(call),
        heard(limits) {
          said = limits
          bucket.heard(limits, sentAtMs)
        },
        answered(usage) {
          const { cacheReadTokens, cacheWriteTokens, inputTokens: plain, outputTokens } = usage
          const fresh = plain + cacheWriteTokens
          const input = fresh + cacheReadTokens
          bucket.settle(call, {
            input_tokens: fresh,
            output_tokens: outputTokens,
            tokens: input + outputTokens,
          })
          learn(habits, {
            freshShare: fresh / Math.max(1, inputTokens),
            inputShare: input / Math.max(1, inputTokens),
            outputTokens,
          })
        },
        failed(error) {
          // What broke off may have been counted; what was refused was not.
          if (error.kind !== 'rate_limited') return
          bucket.settle(call, { input_tokens: 0, output_tokens: 0, tokens: 0 })
          if (error.retryAfterMs !== undefined) bucket.refused(said, error.retryAfterMs)
        },
      }
    },
    async tidy() {
      await Promise.all(buckets().map((bucket) => bucket.tidy()))
    },
    async close() {
      await Promise.all(buckets().map((bucket) => bucket.close()))
    },
  }
}

/** A running mean in which the last five calls weigh the most. */
function learn(habits: Habits, call: Habits): void {
  for (const key of ['freshShare', 'inputShare', 'outputTokens'] as const)
    habits[key] += (call[key] - habits[key]) / 5
}
