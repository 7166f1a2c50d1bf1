import { stopJob } from '../../storage/jobs/stop.ts'
import { findForPressing } from './decide.ts'
import { type Acting, contextOf, type Desk, done, type Reply, told } from './desk.ts'

/** The answer of a job that was stopped by a person. */
export const stoppedWords = 'Stopped at your word. The files that were finished are kept and listed below.'

/** Ends a job now. Anyone of the workspace who can see its thread may. */
export async function stop(desk: Desk, acting: Acting, input: { jobId: string }): Promise<Reply> {
  const { jobId } = await findForPressing(desk, acting, input.jobId)
  const ended = { jobId, state: 'cancelled', answer: stoppedWords } as const
  const stopped = await stopJob(desk.store, contextOf(acting), ended)
  return stopped ? done('The job is stopped.') : told('The job had ended already.')
}
