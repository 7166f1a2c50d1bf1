import type { ErrorKind } from '../../core/errors.ts'
import { endedStates } from '../../core/job-states.ts'
import type { Sealer } from '../../core/ports.ts'
import { audit } from '../audit.ts'
import { forgetRemoved } from '../briefs/forget-removed.ts'
import { releaseReservations } from '../budgets/release.ts'
import type { Store, TenantContext, Tx } from '../database.ts'
import { openDelivery } from '../deliveries/open.ts'
import { appendEvents } from '../events.ts'
import { messages } from '../schema/index.ts'
import { takeBack } from './moved.ts'
import { withdrawAsked } from './withdraw.ts'

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

export interface JobEnd {
  jobId: string
  state: 'done' | 'failed' | 'cancelled'
  /** The answer in Markdown, or the sentence that says what happened. */
  answer: string
  errorKind?: ErrorKind
}

/**
 * Ends a job once: its open tasks are cancelled and can no longer commit, what they had reserved is given back, the
 * answer is kept as a message and put on its way. A job that has ended already stays as it is; answers whether this
 * call ended it.
 */
export async function endJob(deps: Deps, context: TenantContext, input: JobEnd): Promise<boolean> {
  const { sql } = deps.tx
  const { jobId, state } = input
  const ended = await sql<{ brief_id: string }[]>`
    update loom.jobs set state = ${state}, reason = null, ended_at = now(), error_kind = ${input.errorKind ?? null}
    where id = ${jobId} and state <> all(${endedStates as unknown as string[]}::text[])
    returning brief_id`
  const briefId = ended[0]?.brief_id
  if (!briefId) return false
  await takeBack(deps.tx, { jobId })
  await sql`
    update loom.tasks set state = 'cancelled', ended_at = now()
    where job_id = ${jobId} and state not in ('done', 'failed', 'cancelled')`
  await releaseReservations(deps.tx, { jobId })
  await withdrawAsked(deps, context, { jobId })
  const kind =
    state === 'failed'
      ? { kind: state, error: input.errorKind ?? 'internal', message: input.answer }
      : { kind: state }
  await appendEvents(deps, { tenantId: context.tenantId, events: [{ jobId, event: kind }] })
  await keepAnswer(deps, context, { ...input, briefId })
  await forgetRemoved(deps, { briefId })
  await sql`update loom.job_threads set live = false where job_id = ${jobId}`
  await audit(deps, context, { action: `job.${state}`, subjectKind: 'job', subjectId: jobId })
  return true
}

async function keepAnswer(
  deps: Deps,
  context: TenantContext,
  input: JobEnd & { briefId: string },
): Promise<void> {
  const { store, tx, sealer } = deps
  const { tenantId } = context
  const threadRows = await tx.sql<{ id: string; address: string; part: string }[]>`
    select t.id, t.address, jt.part from loom.job_threads jt join loom.threads t on t.id = jt.thread_id
    where jt.job_id = ${input.jobId}`
  const origin = threadRows.find((row) => row.part === 'origin')
  if (!origin) return
  const id = store.newId()
  await tx.db.insert(messages).values({
    tenantId,
    id,
    threadId: origin.id,
    author: 'loom',
    bodySealed: sealer.seal(`messages.body:${id}`, input.answer),
    saidAt: new Date(store.now()),
  })
  await tx.sql`update loom.jobs set answer_message_id = ${id} where id = ${input.jobId}`
  for (const thread of threadRows) {
    await openDelivery(deps, {
      tenantId,
      jobId: input.jobId,
      threadId: thread.id,
      address: thread.address,
      kind: 'answer',
    })
  }
}
