import type { CostEstimate } from '../core/estimate.ts'
import type { NewId } from '../core/ids.ts'
import type { People } from '../core/people.ts'
import type { Plan } from '../core/plan.ts'
import type { Clock, Log } from '../core/ports.ts'
import type { Tier } from '../core/words.ts'
import type { Tool, Workspace } from '../core/workspace.ts'
import type { Said } from '../storage/briefs/said.ts'
import type { TaskRun } from '../storage/leases/runner.ts'
import type { Commit } from './committer.ts'
import type { CallDeps } from './models/call.ts'
import type { ModelChoice } from './models/choice.ts'
import type { Health } from './models/health.ts'

export interface AgentDeps {
  /**
   * The models that the task's steps may go to, or those of another tier, and under which opaque name its account is
   * known there.
   */
  models: (run: TaskRun, tier?: Tier) => Promise<{ choices: readonly ModelChoice[]; userId: string }>
  health: Health
  /** What a plan is likely to cost, where it costs anything. Never throws. */
  estimatePlan: (run: TaskRun, plan: Plan, workspace: Workspace) => Promise<CostEstimate | undefined>
  limits: CallDeps['limits']
  tools: readonly Tool[]
  openWorkspace: (run: TaskRun) => Workspace
  commit: Commit
  suspend: (run: TaskRun) => Promise<void>
  /** The people of the job's threads, for one call of a step. */
  people: (run: TaskRun, at: { stepId: string; callId: string }) => People
  /** Everything that was said to this agent, or to all of its job, so far. */
  listen: (run: TaskRun) => Promise<readonly Said[]>
  /** Puts on the card why the task stands still. Never throws. */
  noteDelay: (run: TaskRun, words: string) => void
  pause: CallDeps['pause']
  now: Clock
  random: CallDeps['random']
  newId: NewId
  log: Log
}

export type AgentRun = TaskRun & { draining: () => boolean }
