import { LoomError } from '../../core/errors.ts'
import { endedStates, type JobState } from '../../core/job-states.ts'
import type { Sealer } from '../../core/ports.ts'
import type { SuspendReason } from '../../core/words.ts'
import type { Tx } from '../database.ts'
import { type Agent, agentCalled, loadAgents } from './agents.ts'

/**
 * The agent of a living job that a person means by its key, title or row, with the job's row locked, and whether the
 * job rests at its cap. Throws `not_found`, and `conflict` when the job has ended or waits for the person.
 */
export async function chooseAgent(
  deps: { tx: Tx; sealer: Sealer },
  input: { jobId: string; name: string },
): Promise<{ agent: Agent; agents: readonly Agent[]; resting: boolean }> {
  const [job] = await deps.tx.sql<{ state: JobState; reason: SuspendReason | null }[]>`
    select state, reason from loom.jobs where id = ${input.jobId} for no key update`
  if (!job) throw new LoomError({ kind: 'not_found', message: 'There is no such job here.' })
  if ((endedStates as readonly JobState[]).includes(job.state)) {
    throw new LoomError({
      kind: 'conflict',
      message: 'The job has ended; what its agents found stands in the answer. Ask again for more.',
    })
  }
  const agents = await loadAgents(deps, input)
  const agent = agentCalled(agents, input.name)
  const resting = job.state === 'suspended' && job.reason === 'cap'
  if (!resting && (job.state === 'suspended' || agent.state === 'suspended')) {
    throw new LoomError({ kind: 'conflict', message: 'The job waits for your word. Give it first, or stop.' })
  }
  return { agent, agents, resting }
}
