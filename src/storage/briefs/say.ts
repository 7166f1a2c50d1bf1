import { addresseeOf } from '../../core/addressee.ts'
import { LoomError } from '../../core/errors.ts'
import { endedStates, type JobState } from '../../core/job-states.ts'
import { limits } from '../../core/limits.ts'
import type { Sealer } from '../../core/ports.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { appendEvents } from '../events.ts'
import { refuseIgnored } from '../identities/refuse-ignored.ts'
import { notePeople } from '../jobs/note-people.ts'
import { answerOldest } from '../questions/answer.ts'
import { addReplan } from '../tasks/add-replan.ts'
import { agentCalled, hasEnded, loadAgents } from '../tasks/agents.ts'
import { keepMessage } from './keep-message.ts'

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

/**
 * Says something to a job by its id, as a reply in its thread would. Answers what it was taken for, `false` when the job
 * has ended and nothing was said, `undefined` when there is none. `to` names the one agent that it is for, by its key,
 * title or row. Throws `invalid_input` and `too_large`, and with `to` `not_found` and `conflict` for one that has ended.
 */
export async function sayTo(
  store: Store,
  context: TenantContext,
  input: { jobId: string; text: string; to?: string },
): Promise<Taken | false | undefined> {
  const { jobId, text, to } = input
  if (text.trim() === '') throw new LoomError({ kind: 'invalid_input', message: 'Say something to the job.' })
  if (Buffer.byteLength(text) > limits.promptBytes) {
    throw new LoomError({
      kind: 'too_large',
      message: 'That is too long. Put it into a file of a new brief.',
    })
  }
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const [job] = await tx.sql<{ state: JobState; brief_id: string; thread_id: string }[]>`
      select j.state, j.brief_id, b.thread_id from loom.jobs j join loom.briefs b on b.id = j.brief_id
      where j.id = ${jobId} for no key update of j`
    if (!job) return undefined
    if ((endedStates as readonly JobState[]).includes(job.state)) return false
    const deps = { store, tx, sealer }
    const toTaskId = to === undefined ? undefined : await livingAgent(deps, { jobId, name: to })
    const identityId = context.actor.kind === 'person' ? context.actor.identityId : undefined
    await refuseIgnored(tx, { identityId })
    const messageId = await keepMessage(deps, {
      tenantId: context.tenantId,
      threadId: job.thread_id,
      identityId,
      text,
      saidAtMs: store.now(),
    })
    return steer(deps, context, { jobId, briefId: job.brief_id, messageId, text, toTaskId })
  })
}

async function livingAgent(deps: Deps, input: { jobId: string; name: string }): Promise<string> {
  const agent = agentCalled(await loadAgents(deps, input), input.name)
  if (!hasEnded(agent)) return agent.taskId
  throw new LoomError({
    kind: 'conflict',
    message: `${agent.title} has ended and reads no more. Say it to all, or run that agent again.`,
  })
}

/** Whom a reply names at its beginning, of the agents that have not ended; `null` for all. */
async function namedIn(deps: Deps, input: { jobId: string; text: string }): Promise<string | null> {
  // What cannot name anybody needs no look at the agents.
  if (!/^\s*(?:@|(?:please\s+)?(?:tell|ask)\s|[^:]{1,120}:)/i.test(input.text)) return null
  const living = (await loadAgents(deps, input)).filter((agent) => !hasEnded(agent))
  return addresseeOf(input.text, living)?.taskId ?? null
}

/** What a message to a running job is: the answer to a question of its agents, or one more message for them. */
export type Taken = 'answered' | 'steered'

/**
 * One more message for a running job, whose row is locked: for the agent that it names, or `toTaskId`; else the answer to
 * the oldest open question; without one, for all. Agents read it at their next step.
 */
export async function steer(
  deps: Deps,
  context: TenantContext,
  input: { jobId: string; briefId: string; messageId: string; text: string; toTaskId?: string | undefined },
): Promise<Taken> {
  const { tenantId } = context
  const toTaskId = input.toTaskId ?? (await namedIn(deps, input))
  if (toTaskId === null && (await answerOldest(deps, context, input))) return 'answered'
  // What stands among the brief's messages already, the job has been told.
  await deps.tx.sql`
    insert into loom.brief_messages (tenant_id, brief_id, message_id, position, to_task_id)
    select ${tenantId}, ${input.briefId}, ${input.messageId}, coalesce(max(position), -1) + 1, ${toTaskId}::uuid
    from loom.brief_messages where brief_id = ${input.briefId}
    on conflict do nothing`
  await notePeople(deps.tx, { tenantId, jobId: input.jobId })
  await appendEvents(deps, { tenantId, events: [{ jobId: input.jobId, event: { kind: 'steered' } }] })
  // What is for one agent is that agent's to heed.
  if (toTaskId === null) await addReplan(deps, { tenantId, jobId: input.jobId })
  await audit(deps, context, { action: 'job.steer', subjectKind: 'job', subjectId: input.jobId })
  return 'steered'
}
