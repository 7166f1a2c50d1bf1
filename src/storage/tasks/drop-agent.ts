import { LoomError } from '../../core/errors.ts'
import { audit } from '../audit.ts'
import { releaseReservations } from '../budgets/release.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { appendEvents } from '../events.ts'
import { endJob } from '../jobs/end.ts'
import { takeBack } from '../jobs/moved.ts'
import { type Agent, hasEnded } from './agents.ts'
import { chooseAgent } from './choose.ts'
import { endTasks } from './end.ts'

/**
 * Leaves one agent of a running job out: it stops, and those that wait for it go on without its result; what it wrote
 * is kept. Answers its title. Throws `not_found`, and `conflict` for one that has ended, for the answer, and for the
 * last agent that could still bring a result.
 */
export async function dropAgent(
  store: Store,
  context: TenantContext,
  input: { jobId: string; name: string },
): Promise<string> {
  const { tenantId } = context
  const { jobId } = input
  const sealer = await store.vault.sealer(tenantId, 'content')
  return inTenant(store, tenantId, async (tx) => {
    const deps = { store, tx, sealer }
    const { agent, agents, resting } = await chooseAgent(deps, input)
    checkDroppable(agent, agents)
    const { taskId } = agent
    await takeBack(tx, { jobId, taskIds: [taskId] })
    await releaseReservations(tx, { jobId, taskIds: [taskId] })
    await tx.sql`
      update loom.tasks set activity_sealed = ${sealer.seal(`tasks.activity:${taskId}`, 'left out at your word')}
      where id = ${taskId}`
    const result = 'The person left this out.'
    const { fatal } = await endTasks(deps, {
      tenantId,
      ends: [{ taskId, jobId, state: 'cancelled', result, errorKind: undefined }],
    })
    if (resting) await rest(tx, jobId)
    await appendEvents(deps, { tenantId, events: [{ jobId, taskId, event: { kind: 'dropped' } }] })
    await audit(deps, context, { action: 'task.drop', subjectKind: 'task', subjectId: taskId })
    const [end] = fatal
    if (end)
      await endJob(deps, context, { jobId, state: 'failed', answer: end.message, errorKind: end.error })
    return agent.title
  })
}

function checkDroppable(agent: Agent, agents: readonly Agent[]): void {
  const refused = (message: string) => new LoomError({ kind: 'conflict', message })
  if (agent.kind !== 'work')
    throw refused(`${agent.title} cannot be left out. Stop or finish the job instead.`)
  if (hasEnded(agent)) throw refused(`${agent.title} has ended already.`)
  const others = agents.filter(({ kind, taskId }) => kind === 'work' && taskId !== agent.taskId)
  if (others.every(({ state }) => state === 'failed' || state === 'cancelled')) {
    throw refused(`Without ${agent.title} nothing would be left. Stop or finish the job instead.`)
  }
}

/** What became ready in a job that rests at its cap rests with it. */
async function rest({ sql }: Tx, jobId: string): Promise<void> {
  await takeBack({ sql }, { jobId })
  await sql`update loom.tasks set state = 'suspended' where job_id = ${jobId} and state = 'ready'`
}
