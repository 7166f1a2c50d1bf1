import { limits } from '../core/limits.ts'
import type { Workspace } from '../core/workspace.ts'
import type { Said } from '../storage/briefs/said.ts'
import type { StepRecord } from '../storage/tasks/loaded.ts'
import type { AgentDeps, AgentRun } from './agent-deps.ts'
import type { Draft } from './allowance.ts'
import { withCameBack } from './came-back.ts'
import { createDrafts, unheardOf } from './draft.ts'
import { type Duty, dutyOf } from './duty.ts'
import { nothingMore } from './hold.ts'
import type { ModelChoice } from './models/choice.ts'
import { outlast } from './outlast.ts'
import { firstMessage } from './prompts.ts'
import { createUpcoming, type Upcoming } from './upcoming.ts'

/** A task while its agent is at it: what was done and said so far, and what comes next. */
export interface Work {
  duty: Duty
  choices: readonly ModelChoice[]
  workspace: Workspace
  steps: StepRecord[]
  said: readonly Said[]
  next: Upcoming
  upcoming: ReturnType<typeof createUpcoming>
  unheard(): Said[]
  /** Makes `next` of the steps and words that there are now. */
  comeNext(): Promise<void>
  /** Reads what was said meanwhile, and makes `next` with it. */
  hear(): Promise<void>
  /** Nothing comes next: the task ends or rests. */
  rest(): void
}

export async function openWork(deps: AgentDeps, run: AgentRun): Promise<Work> {
  const { task } = run
  const { choices, userId } = await deps.models(run)
  const workspace = deps.openWorkspace(run)
  const first = firstMessage(task)
  const duty = dutyOf(task, deps.tools)
  const { purpose, tools } = duty
  const onWait = (words: string) => deps.noteDelay(run, words)
  const readBlob: Draft['readBlob'] = (sha256, signal) =>
    outlastStore(deps, run, () => workspace.readBlob(sha256, signal))
  const drafts = createDrafts({ purpose, run, userId, tools, first, readBlob })
  const upcoming = createUpcoming({ ...deps, onWait }, { run, choices, userId, first, readBlob })
  const steps = withCameBack(task)
  const draft = drafts(steps, unheardOf(task.said, steps))
  const work: Work = {
    ...{
      duty,
      choices,
      workspace,
      steps,
      upcoming,
      said: task.said,
      next: { draft, estimated: nothingMore },
    },
    unheard: () => unheardOf(work.said, steps),
    async comeNext() {
      work.next = await upcoming.next(drafts(steps, work.unheard()), steps)
    },
    async hear() {
      work.said = await deps.listen(run)
      await work.comeNext()
    },
    rest() {
      work.next = { draft: work.next.draft, estimated: nothingMore }
    },
  }
  // A turn that another worker began is paid for; its calls come before any other thing.
  if (!task.replied) await work.comeNext()
  return work
}

/** A call of a tool whose store does not answer is made again, while the card says so. */
export function outlastStore<T>(deps: AgentDeps, run: AgentRun, work: () => Promise<T>): Promise<T> {
  const onWait = (words: string) => deps.noteDelay(run, words)
  return outlast({ ...deps, onWait, patienceMs: limits.storePatienceMs }, run.signal, work)
}
