import type { Part } from '../../../core/model.ts'
import type { Review } from '../../../core/review.ts'
import { figureCheck } from '../../figures/check.ts'
import { readingsOf, readOn } from './reading.ts'
import { callTools, type Scene } from './scene.ts'

const readsAtOnce = 12

/** Reads what the agents wrote and hands in whether the figures of the answer stand there: nothing else can be computed. */
export function reviewTurn(scene: Scene): Part[] {
  const paths = scene.assignment.files
    .filter((file) => file.writtenBy !== undefined && /\.(?:md|json|csv)$/.test(file.path))
    .map((file) => file.path)
  const readings = readingsOf(scene, paths)
  const open = readings.filter((reading) => reading.state === 'open')
  if (open.length > 0 && scene.steps < mostSteps && scene.mayCallTools) {
    return callTools(scene, open.slice(0, readsAtOnce).map(readOn))
  }
  const check = figureCheck(scene.assignment.draft ?? '')
  for (const text of [scene.prompt, ...(scene.assignment.handedOver ?? []).map((task) => task.result)]) {
    check.see(text)
  }
  for (const reading of readings) check.see(reading.text)
  const missing = readings.every((reading) => reading.state === 'whole') ? check.missing() : []
  return callTools(scene, [{ name: 'submit_review', input: reviewOf(missing) }])
}

/** Below what a check may take; what was not read by then is not held against the answer. */
const mostSteps = 10

function reviewOf(missing: readonly string[]): Review {
  const faults = missing.slice(0, 12).map((figure) => ({
    what: `${figure} stands in nothing that the agents wrote.`,
    mend: 'Give the figure as it stands there, or leave it out.',
  }))
  return { ok: faults.length === 0, faults }
}
