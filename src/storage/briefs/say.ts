import { LoomError } from '../../core/errors.ts'
import { endedStates, type JobState } from '../../core/job-states.ts'
import { limits } from '../../core/limits.ts'
import type { Sealer } from '../../core/ports.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { appendEvents } from '../events.ts'
import { messages } from '../schema/index.ts'
import { addReplan } from '../tasks/add-replan.ts'

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

/**
 * Says something to a job by its id, as a reply in its thread would. Answers `false` when the job has ended and
 * nothing was said, `undefined` when there is none. Throws `invalid_input` and `too_large`.
 */
export async function sayTo(
  store: Store,
  context: TenantContext,
  input: { jobId: string; text: string },
): Promise<boolean | undefined> {
  const { jobId, text } = input
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
    const identityId = context.actor.kind === 'person' ? context.actor.identityId : undefined
    const messageId = await keepMessage(deps, {
      tenantId: context.tenantId,
      threadId: job.thread_id,
      identityId,
      text,
      saidAtMs: store.now(),
    })
    await steer(deps, context, { jobId, briefId: job.brief_id, messageId })
    return true
  })
}

/** A person's message of a thread. `key` is the platform's own id of it. Answers the message's id. */
export async function keepMessage(
  { sealer, store, tx }: Deps,
  input: {
    tenantId: string
    threadId: string
    identityId: string | undefined
    text: string
    saidAtMs: number
    key?: string
  },
): Promise<string> {
  const { identityId, key, saidAtMs, tenantId, text, threadId } = input
  const id = store.newId()
  await tx.db.insert(messages).values({
    tenantId,
    id,
    threadId,
    author: 'person',
    ...(identityId === undefined ? {} : { identityId }),
    ...(key === undefined ? {} : { externalHash: sealer.hash('message', key) }),
    bodySealed: sealer.seal(`messages.body:${id}`, text),
    saidAt: new Date(saidAtMs),
  })
  return id
}

/** One more message for the brief of a running job, whose row is locked; its agents read it at their next step. */
export async function steer(
  deps: Deps,
  context: TenantContext,
  input: { jobId: string; briefId: string; messageId: string },
): Promise<void> {
  const { tenantId } = context
  await deps.tx.sql`
    insert into loom.brief_messages (tenant_id, brief_id, message_id, position)
    select ${tenantId}, ${input.briefId}, ${input.messageId}, coalesce(max(position), -1) + 1
    from loom.brief_messages where brief_id = ${input.briefId}`
  await appendEvents(deps, { tenantId, events: [{ jobId: input.jobId, event: { kind: 'steered' } }] })
  await addReplan(deps, { tenantId, jobId: input.jobId })
  await audit(deps, context, { action: 'job.steer', subjectKind: 'job', subjectId: input.jobId })
}
