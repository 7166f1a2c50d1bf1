import type { Part } from '../core/model.ts'
import { nothingToMend } from '../core/review.ts'
import type { LoadedTask, Need, StepRecord } from '../storage/tasks/loaded.ts'
import { handedOver } from './prompts.ts'

const added = 'The tasks that you added have ended. What they handed over, as JSON:'
const checked =
  'Another agent has checked your answer before it goes out. Mend what it is right about, leave what it is not, and ' +
  'write the whole answer again. It found:'

/** The steps of a task as it goes on: behind one after which it waited for others stands what came of that, for good. */
export function withCameBack(task: LoadedTask): StepRecord[] {
  const told = cameBackTo(task)
  return task.steps.map((step) => {
    const parts = told.get(step.ordinal)
    return parts ? { ...step, results: [...step.results, ...parts] } : step
  })
}

/** What a task that waited in the middle of its work is told when it goes on, by the step after which it waited. */
function cameBackTo(task: LoadedTask): ReadonlyMap<number, readonly Part[]> {
  const { review } = task
  const later = Map.groupBy(
    task.needs.flatMap((need) => (need.asked === undefined ? [] : [{ asked: need.asked, need }])),
    ({ asked }) => asked,
  )
  const told = new Map([...later].map(([asked, needs]) => [asked, tell(needs.map(({ need }) => need))]))
  if (review?.state === 'done' && review.result !== nothingToMend) {
    told.set(review.asked, [
      { type: 'text', text: checked },
      { type: 'text', text: review.result },
    ])
  }
  return told
}

function tell(needs: readonly Need[]): Part[] {
  return [
    { type: 'text', text: added },
    { type: 'text', text: JSON.stringify(needs.map(handedOver)) },
  ]
}
