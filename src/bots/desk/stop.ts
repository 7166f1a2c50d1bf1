import { stopJob } from '../../storage/jobs/stop.ts'
import { harmlessLine } from '../words/harmless.ts'
import { findForPressing } from './decide.ts'
import { type Acting, contextOf, type Desk, done, type Reply, told } from './desk.ts'

const kept = 'The files that were finished are kept and listed below.'

/** The answer of a job that was stopped by a person. */
export const stoppedWords = `Stopped at your word. ${kept}`

/** Ends a job now. Anyone of the workspace who can see its thread may. */
export async function stop(desk: Desk, acting: Acting, input: { jobId: string }): Promise<Reply> {
  const { jobId, name } = await findForPressing(desk, acting, input.jobId)
  const ended = { jobId, state: 'cancelled', answer: answerBy(name) } as const
  const stopped = await stopJob(desk.store, contextOf(acting), ended)
  return stopped ? done('The job is stopped.') : told('The job had ended already.')
}

/** Whoever asked may be another. A name is no Markdown. */
function answerBy(name: string | undefined): string {
  if (name === undefined) return stoppedWords
  const plain = [...harmlessLine(name)].slice(0, 80).join('')
  return `Stopped by ${plain.replace(/[\\`*_~[\]()<>#|!&@:]/g, '\\$&')}. ${kept}`
}
