import type { Part } from '../core/model.ts'
import type { ToolContext } from '../core/workspace.ts'
import type { TaskOutcome } from '../storage/steps/step-commit.ts'
import type { LoadedTask, StepRecord } from '../storage/tasks/loaded.ts'
import { draftOf } from './duty.ts'
import { missingFigures } from './figures/missing-figures.ts'

/** How an end is taken: as it is or with a note, or not yet, and then what the agent is told instead. */
export interface Verdict {
  outcome: TaskOutcome | undefined
  told: readonly Part[]
}

const unwritten = 'You were expected to write these files, which are not there:'
const unfound = 'These figures of your answer stand in no file, message or result that you were given:'

/**
 * Looks at how a task ends before that is kept. Files that it was to write and did not, and figures of an answer that
 * stand nowhere, are told to the agent once each; what is still so then goes out with a note. A drafted answer to a
 * plan of several tasks is checked by another agent, once.
 */
export async function judgeEnd(
  input: { task: LoadedTask; outcome: TaskOutcome | undefined; steps: readonly StepRecord[] },
  context: Pick<ToolContext, 'workspace' | 'signal'>,
): Promise<Verdict> {
  const { outcome, steps, task } = input
  if (outcome?.state === 'failed') return { outcome: draftOf(task) ?? outcome, told: [] }
  if (outcome?.state !== 'done' || (task.kind !== 'work' && task.kind !== 'synthesize')) {
    return { outcome, told: [] }
  }
  const canGoOn = steps.length < task.maxSteps
  const files = missingArtifacts(task, context)
  if (files.length > 0 && canGoOn && !wasTold(steps, unwritten)) {
    const text = `${unwritten} ${files.join(', ')}. Write them, or end again and say why they cannot be written.`
    return { outcome: undefined, told: [{ type: 'text', text }] }
  }
  const figures = task.answers ? await missingFigures({ answer: outcome.result, task, steps }, context) : []
  if (figures.length > 0 && canGoOn && !wasTold(steps, unfound)) {
    const text = `${unfound} ${figures.join('; ')}. Look them up and write the whole answer again: with the figures as they stand there, or with the sum behind one that you computed (12 + 30 = 42), or without them.`
    return { outcome: undefined, told: [{ type: 'text', text }] }
  }
  const notes = [
    ...(files.length > 0 ? [`Not written: ${files.join(', ')}.`] : []),
    ...(figures.length > 0
      ? [`Not found in the files or in what the agents handed over: ${figures.join('; ')}.`]
      : []),
  ]
  const result = [outcome.result, ...notes].join('\n\n')
  if (task.kind === 'synthesize' && !task.review)
    return { outcome: { state: 'waiting', draft: result }, told: [] }
  return { outcome: { ...outcome, result }, told: [] }
}

function missingArtifacts({ spec }: LoadedTask, { workspace }: Pick<ToolContext, 'workspace'>): string[] {
  return (spec.artifacts ?? []).filter((path) => workspace.stat(path)?.writtenBy !== spec.key)
}

function wasTold(steps: readonly StepRecord[], words: string): boolean {
  return steps.some((step) =>
    step.results.some((part) => part.type === 'text' && part.text.startsWith(words)),
  )
}
