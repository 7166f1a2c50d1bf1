import type { Part } from '../core/model.ts'
import { nothingToMend } from '../core/review.ts'
import type { LoadedTask, Need } from '../storage/tasks/load.ts'
import { handedOver } from './prompts.ts'

const added = 'The tasks that you added have ended. What they handed over, as JSON:'
const checked =
  'Another agent has checked your answer before it goes out. Mend what it is right about, leave what it is not, and ' +
  'write the whole answer again. It found:'

/** What a task that waited in the middle of its work is told when it goes on, by the step after which it waited. */
export function cameBackTo(task: LoadedTask): ReadonlyMap<number, readonly Part[]> {
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
