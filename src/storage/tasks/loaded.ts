import type { TaskSpec } from '../../core/brief.ts'
import type { Part } from '../../core/model.ts'
import type { AttachmentState, TaskKind, TaskState, Tier } from '../../core/words.ts'
import type { WorkspaceFile } from '../../core/workspace.ts'
import type { Said } from '../briefs/said.ts'
import type { ThreadBefore, ThreadLine } from '../briefs/thread.ts'
import type { BudgetKey } from '../budgets/keys.ts'

export interface StepRecord {
  ordinal: number
  /** What was said to the job and read for the first time in this step. */
  heard: readonly Said[]
  reply: readonly Part[]
  results: readonly Part[]
  /** What stands for the steps before an ordinal from this step on. Without a text they are only shown with less. */
  summary?: { standsForBefore: number; text: string }
}

/** A reply whose calls reach outside and have not been run to their end: they come next, under the same keys. */
export type RepliedStep = Omit<StepRecord, 'results'> & { id: string }

export interface Attachment {
  id: string
  name: string
  state: AttachmentState
  file: WorkspaceFile | undefined
  reason: string | undefined
}

/** A task that must end before another one starts, as that other one sees it. */
export interface Need {
  taskId: string
  key: string
  title: string
  state: TaskState
  result: string
  /** The step of this task that asked for the other one, if it was added in the middle. */
  asked: number | undefined
}

/** The plan as it stands, and what room there is to change it. */
export interface Planned {
  tasks: readonly { key: string; title: string; objective: string }[]
  /** How often it was changed so far. */
  replans: number
  /** What the job may still spend, and what a task of it has cost so far on average. */
  leftMicroUsd: number
  meanMicroUsd: number
}

/** Everything an agent needs to begin a task, or to go on with one that another worker began. */
export interface LoadedTask {
  taskId: string
  jobId: string
  kind: TaskKind
  tier: Tier
  answers: boolean
  spec: TaskSpec
  maxSteps: number
  /** The ordinal of its first step: those before belong to a try that was given up. */
  firstStep: number
  costMicroUsd: number
  reservedMicroUsd: number
  budgetKeys: readonly BudgetKey[]
  prompt: string
  /** What was said in the thread before the prompt, oldest first. */
  thread: readonly ThreadLine[]
  /** The same thread beside its messages: who asked, and what is not there. */
  threadNotes: Omit<ThreadBefore, 'lines'>
  attachments: readonly Attachment[]
  /** The direct needs, in the order of the plan; for a check of the answer every task of the plan. */
  needs: readonly Need[]
  /** The check of its drafted answer, once it was asked for. */
  review: { asked: number; draft: string; state: TaskState; result: string } | undefined
  /** What whoever may change the plan has to know of it. */
  planned: Planned | undefined
  /** Files by layer: what came with the brief, then of every task before this one in plan order, then its own. */
  layers: readonly (readonly WorkspaceFile[])[]
  /** How many of the layers were there when the task began. */
  firstLayers: number
  /** Everything that was said so far to this task, or to all of its job. */
  said: readonly Said[]
  /** The steps that are whole. */
  steps: readonly StepRecord[]
  /** The one after them, if its reply alone is kept. */
  replied: RepliedStep | undefined
}
