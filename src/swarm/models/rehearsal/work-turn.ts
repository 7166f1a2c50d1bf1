import type { Part } from '../../../core/model.ts'
import { REHEARSAL_NOTE } from './analysis/note.ts'
import { answerTurn } from './answer-turn.ts'
import { fileTurn } from './file-turn.ts'
import type { Scene } from './scene.ts'

/** A task with files reads and computes; one with a question answers from what was computed; one with neither says so. */
export function workTurn(scene: Scene): Part[] {
  const task = scene.assignment.task
  if (task && task.files.length > 0) return fileTurn(scene, task)
  if (scene.assignment.handedOver || scene.assignment.files.length > 0) return answerTurn(scene)
  return [{ type: 'text', text: withoutFiles(scene) }]
}

function withoutFiles(scene: Scene): string {
  const words = scene.prompt.trim().split(/\s+/).length
  const refused = scene.assignment.refused.map(({ name, reason }) => `- ${name}: ${reason}`)
  return [
    `The brief has ${words.toLocaleString('en-US')} ${words === 1 ? 'word' : 'words'} and no file that could be read.`,
    ...(refused.length > 0 ? [`These files were not taken:\n${refused.join('\n')}`] : []),
    'The rehearsal model computes over files and cannot answer from words alone. Give it some, as in:',
    '```\nnpm run brief -- "What stands out here?" examples/churn-january.csv\n```',
    REHEARSAL_NOTE,
  ].join('\n\n')
}
