import { finishJob } from '../../storage/jobs/finish.ts'
import { lookAtJob } from '../../storage/jobs/look.ts'
import { findForDeciding } from './decide.ts'
import { type Acting, contextOf, type Desk, done, type Reply, told } from './desk.ts'

/** Ends a job with an answer made of what its agents have handed over. Who asked, or an admin. */
export async function finish(desk: Desk, acting: Acting, input: { jobId: string }): Promise<Reply> {
  const { jobId } = await findForDeciding(desk, acting, input.jobId)
  const context = contextOf(acting)
  if (await finishJob(desk.store, context, { jobId })) return done('The job is finished with what was there.')
  const look = await lookAtJob(desk.store, context, { jobId })
  return look?.ended
    ? told('The job had ended already.')
    : told('No agent has ended yet, so there is nothing to finish with. You can stop the job instead.')
}
