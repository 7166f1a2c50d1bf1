import type { ErrorKind } from '../../core/errors.ts'
import type { CostEstimate } from '../../core/estimate.ts'
import type { Part, Usage } from '../../core/model.ts'
import type { Plan, PlanChange } from '../../core/plan.ts'
import type { Sealer } from '../../core/ports.ts'
import type { Tier } from '../../core/words.ts'
import type { WorkspaceFile } from '../../core/workspace.ts'
import type { BudgetKey } from '../budgets/keys.ts'
import type { Store, Tx } from '../database.ts'
import type { HeldTask } from '../tasks/held.ts'

/**
 * A model call with the tool calls that it asked for, ready to be kept. `replied`: its calls reach outside and have not
 * been run; their results come later, as a `StepEnd`.
 */
export interface NewStep {
  id: string
  ordinal: number
  state?: 'replied' | 'committed'
  reply: readonly Part[]
  results: readonly Part[]
  /** Ids of the messages that this step read for the first time. */
  heard?: readonly string[]
  provider: string
  model: string
  tier: Tier
  usage: Usage
  costMicroUsd: number
  durationMs: number
  activity: string
  /** The model that would have answered, and why it did not. */
  handover?: { from: string; reason: ErrorKind } | undefined
}

/** What stands for the older steps of a task from its newest step on, and the call that made it, if one was made. */
export interface NewSummary {
  /** Of the call: it is paid for once. */
  id: string
  /** The step it stands with, the newest that is committed. */
  ordinal: number
  standsForBefore: number
  text: string
  call?: Pick<NewStep, 'provider' | 'model' | 'tier' | 'usage' | 'costMicroUsd' | 'durationMs' | 'handover'>
}

/** What came of the calls of a step that was kept as `replied`. */
export interface StepEnd {
  id: string
  ordinal: number
  results: readonly Part[]
  activity: string
}

/**
 * How a task ends, or why it rests. A plan, or a change of it, is written with the end of the planner's task; the
 * answering task brings the answer. One that waits goes on once the tasks have ended that this step asks for: those
 * it adds to the plan, or the check of its draft.
 */
export type TaskOutcome =
  | { state: 'done'; result: string; plan?: Plan; estimate?: CostEstimate | undefined; change?: PlanChange }
  | { state: 'waiting'; draft: string }
  | { state: 'waiting'; change: PlanChange }
  | { state: 'failed'; error: ErrorKind; message: string }

/** One member of a group commit: a step, the end of a task, the next reservation, or several of them. */
export interface StepCommit {
  task: HeldTask
  budgetKeys: readonly BudgetKey[]
  answers: boolean
  /** How many messages that were said to the running job this task knows of. */
  said?: number
  step?: NewStep
  summary?: NewSummary
  /** Instead of a step: the rest of the one before, which is then `committed`. */
  stepEnd?: StepEnd
  files: readonly WorkspaceFile[]
  releaseMicroUsd: number
  wantMicroUsd: number
  leastMicroUsd: number
  outcome?: TaskOutcome
}

export interface CommitResult {
  /** `false`: the lease was lost or the job ended; nothing of this member was written, its work is void. */
  held: boolean
  /** `true`: the answer was about to end the job with something said that nobody had read; nothing was written. */
  unheard: boolean
  /** How many messages were said to the task, or to all of its job, by now. */
  said: number
  /** What the task now holds for its next step. */
  grantedMicroUsd: number
  /** Tasks that became ready by this group, for the doorbell. */
  freed: number
}

export interface CommitDeps {
  store: Store
  tx: Tx
  sealer: Sealer
}
