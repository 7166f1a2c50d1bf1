import type { Plan } from './plan.ts'
import { costMicroUsd, type Price } from './prices.ts'
import type { Tier } from './words.ts'

/** What something is likely to cost, at least and at most; no promise. The cap is the promise. */
export interface CostEstimate {
  leastMicroUsd: number
  mostMicroUsd: number
}

/**
 * How an agent is likely to go about its task. A step sends again what stood before it, which the provider reads from
 * its cache; what is new is written to it. Numbers are tokens.
 */
interface Course {
  steps: number
  /** Instructions, tools, the brief, the assignment. */
  given: number
  /** Of all files that the task names together. */
  filesAtMost: number
  /** What a step says and what its tools answer beyond the files. */
  perStep: number
  replyPerStep: number
  /** Of each result that the answer is written from. */
  perResult: number
}

const quickly: Course = {
  steps: 2,
  given: 3_000,
  filesAtMost: 8_000,
  perStep: 200,
  replyPerStep: 250,
  perResult: 150,
}
const thoroughly: Course = {
  steps: 12,
  given: 4_000,
  filesAtMost: 60_000,
  perStep: 1_500,
  replyPerStep: 1_000,
  perResult: 1_500,
}

/** A token of text is about four bytes. */
const bytesPerToken = 4

/**
 * What the tasks of a plan and the answer behind them are likely to cost: each is looked at once and answered, or gone
 * about thoroughly, at the price of the model that its steps go to first. Pure. `undefined` where nothing costs.
 */
export function estimatePlan(input: {
  plan: Plan
  files: readonly { path: string; bytes: number }[]
  /** How much of a thread stands before the brief: every agent begins with it. */
  threadBytes?: number
  priceOf: (tier: Tier) => Price
}): CostEstimate | undefined {
  const { files, plan, priceOf, threadBytes = 0 } = input
  const total = (alone: Course) => {
    const course = { ...alone, given: alone.given + Math.ceil(threadBytes / bytesPerToken) }
    const work = plan.tasks.map((task) => {
      const named = files.filter(({ path }) => task.files.length === 0 || task.files.includes(path))
      const tokens = named.reduce((sum, { bytes }) => sum + bytes, 0) / bytesPerToken
      return taskMicroUsd(priceOf(task.tier), course, Math.min(course.filesAtMost, tokens))
    })
    const results = plan.tasks.length * course.perResult
    const answer = plan.tasks.length > 1 ? taskMicroUsd(priceOf('standard'), course, results) : 0
    return work.reduce((sum, cost) => sum + cost, answer)
  }
  const mostMicroUsd = total(thoroughly)
  return mostMicroUsd > 0 ? { leastMicroUsd: total(quickly), mostMicroUsd } : undefined
}

function taskMicroUsd(price: Price, course: Course, readTokens: number): number {
  let before = 0
  let cost = 0
  for (let step = 0; step < course.steps; step += 1) {
    // What it reads comes back by the tools, behind the first step.
    const fresh = [course.given, Math.ceil(readTokens) + course.perStep][step] ?? course.perStep
    cost += costMicroUsd(price, {
      inputTokens: 0,
      cacheReadTokens: before,
      cacheWriteTokens: fresh,
      outputTokens: course.replyPerStep,
    })
    before += fresh + course.replyPerStep
  }
  return cost
}
