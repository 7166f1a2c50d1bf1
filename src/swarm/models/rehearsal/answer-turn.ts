import type { Part } from '../../../core/model.ts'
import { answerQuestion } from './analysis/questions.ts'
import { gatherProfiles } from './profiles.ts'
import type { Scene } from './scene.ts'

/** Answers the task's question from the computed profiles, or says that it cannot. */
export function answerTurn(scene: Scene): Part[] {
  const gathered = gatherProfiles(scene)
  if ('calls' in gathered) return gathered.calls
  const question = scene.assignment.task?.objective ?? scene.prompt
  const { answer, basis } = answerQuestion(question, gathered.profiles)
  const rest = basis.length > 0 ? `\n\n${basis.map((line) => `- ${line}`).join('\n')}` : ''
  return [{ type: 'text', text: `${answer}${rest}` }]
}
