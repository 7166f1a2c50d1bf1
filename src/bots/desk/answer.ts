import { LoomError } from '../../core/errors.ts'
import { answerQuestion } from '../../storage/questions/answer.ts'
import { loadQuestion } from '../../storage/questions/load.ts'
import { findForPressing } from './decide.ts'
import { type Acting, contextOf, type Desk, done, noSuchJob, type Reply, told } from './desk.ts'

/** What a job waits to be told: by the number of a choice, from 0, or in words. */
export type Said = { choice: number } | { text: string }

/**
 * Answers a question of a job. Anyone of the workspace who can see its thread may, as a reply there would be. Of two who
 * answer the first counts. Throws `invalid_input` and `too_large`.
 */
export async function answer(
  desk: Desk,
  acting: Acting,
  input: { jobId: string; questionId: string; said: Said },
): Promise<Reply> {
  const { questionId, said } = input
  const { jobId } = await findForPressing(desk, acting, input.jobId)
  const context = contextOf(acting)
  const text = 'text' in said ? said.text : await choiceOf(desk, acting, { jobId, questionId, ...said })
  if (text === undefined) return told('That choice is no longer there.')
  const answered = await answerQuestion(desk.store, context, { jobId, questionId, text })
  if (!answered) throw noSuchJob()
  switch (answered.kind) {
    case 'answered':
      desk.ring('worker')
      return done(`Answered: ${answered.answer}`)
    case 'answered_already':
      return told('That was answered already; the first answer stands.')
    case 'nothing_asked':
      return told('No answer is needed any more.')
  }
}

async function choiceOf(
  desk: Desk,
  acting: Acting,
  input: { jobId: string; questionId: string; choice: number },
): Promise<string | undefined> {
  const question = await loadQuestion(desk.store, contextOf(acting), input)
  return question?.jobId === input.jobId ? question.choices[input.choice] : undefined
}

/** The words of a question that somebody wants to answer in their own. Throws `not_found`; `conflict` where it is settled. */
export async function openQuestion(
  desk: Desk,
  acting: Acting,
  input: { jobId: string; questionId: string | undefined },
): Promise<string> {
  const { jobId, questionId } = input
  await findForPressing(desk, acting, jobId)
  const question =
    questionId === undefined ? undefined : await loadQuestion(desk.store, contextOf(acting), { questionId })
  if (question?.jobId !== jobId) {
    throw new LoomError({ kind: 'not_found', message: 'There is no such question here.' })
  }
  if (question.state === 'open') return question.text
  const message =
    question.state === 'answered'
      ? 'That was answered already; the first answer stands.'
      : 'No answer is needed any more.'
  throw new LoomError({ kind: 'conflict', message })
}
