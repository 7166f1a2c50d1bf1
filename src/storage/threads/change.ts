import type { FileSource } from '../../core/brief.ts'
import type { Sealer } from '../../core/ports.ts'
import type { ThreadId } from '../../core/thread-id.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { endJob } from '../jobs/end.ts'
import { lockJobs } from '../jobs/lock.ts'

/**
 * A message of a thread reads differently now. Our copy takes the newer text, unless a job that runs has read it: what
 * agents have read does not change under them. Answers whether somebody is to be told: a running job that read the old
 * text, or, where none runs, whoever keeps the thread. `false` for the same text, or a message that is not kept.
 */
export async function changeThreadMessage(
  store: Store,
  context: TenantContext,
  input: { thread: ThreadId; key: string; text: string; files?: readonly FileSource[] },
): Promise<boolean> {
  const { files, key, text, thread } = input
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const found = await findMessage(tx, { thread, externalHash: sealer.hash('message', key) })
    if (!found || found.removed || found.ignored) return false
    const { id } = found
    const filesAsKept = found.files ? sealer.openText(`messages.files:${id}`, found.files) : '[]'
    const sameFiles = files === undefined || JSON.stringify(files) === filesAsKept
    if (sameFiles && sealer.openText(`messages.body:${id}`, found.body) === text) return false
    if (found.read) return true
    await tx.sql`update loom.messages set body_sealed = ${sealer.seal(`messages.body:${id}`, text)} where id = ${id}`
    if (files) {
      const sealed = files.length > 0 ? sealer.seal(`messages.files:${id}`, JSON.stringify(files)) : null
      await tx.sql`update loom.messages set files_sealed = ${sealed} where id = ${id}`
    }
    return !found.live
  })
}

/**
 * A message was taken back on its platform: our copy is emptied, at once or, where a job that runs has read it, with the
 * end of that job. A job that it asked for and that has not begun is called off. Answers whether there was one.
 */
export async function removeThreadMessage(
  store: Store,
  context: TenantContext,
  input: { thread: ThreadId; key: string },
): Promise<boolean> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const externalHash = sealer.hash('message', input.key)
    const found = await findMessage(tx, { thread: input.thread, externalHash })
    if (!found || found.removed) return false
    const { id } = found
    await tx.sql`update loom.messages set removed_at = now() where id = ${id}`
    if (!found.read) {
      const empty = sealer.seal(`messages.body:${id}`, '')
      await tx.sql`update loom.messages set body_sealed = ${empty}, files_sealed = null where id = ${id}`
    }
    await callOff({ store, tx, sealer }, context, id)
    return true
  })
}

/** Ends the job of a prompt that nobody has read yet. */
async function callOff(
  deps: { store: Store; tx: Tx; sealer: Sealer },
  context: TenantContext,
  promptId: string,
): Promise<void> {
  const [job] = await deps.tx.sql<{ id: string }[]>`
    select j.id from loom.briefs b join loom.jobs j on j.brief_id = b.id
    where b.prompt_message_id = ${promptId} and j.state in ('held', 'received', 'gathering')`
  if (job) await endJob(deps, context, { jobId: job.id, state: 'cancelled', answer: calledOff })
}

const calledOff = 'The message that asked for this was deleted before the work began, so nothing was done.'

interface Found {
  id: string
  body: Uint8Array
  files: Uint8Array | null
  removed: boolean
  /** Nothing newer of its author is taken. */
  ignored: boolean
  /** Whether a job that runs has read it, and whether one runs in its thread at all. */
  read: boolean
  live: boolean
}

/** The message, locked behind the running job of its thread: what that job has read stays so until this is done. */
async function findMessage(
  tx: Tx,
  input: { thread: ThreadId; externalHash: Buffer },
): Promise<Found | undefined> {
  const [live] = await tx.sql<{ job_id: string }[]>`
    select jt.job_id from loom.threads t join loom.job_threads jt on jt.thread_id = t.id and jt.live
    where t.address = ${input.thread}`
  if (live) await lockJobs(tx, [live.job_id])
  const [row] = await tx.sql<Found[]>`
    select m.id, m.body_sealed as body, m.files_sealed as files, m.removed_at is not null as removed,
           exists (select 1 from loom.identities i where i.id = m.identity_id and i.ignored_at is not null) as ignored,
           exists (select 1 from loom.job_threads jt where jt.thread_id = t.id and jt.live) as live,
           exists (
             select 1 from loom.brief_messages b join loom.jobs j on j.brief_id = b.brief_id
             where b.message_id = m.id
               and j.state not in ('held', 'received', 'gathering', 'done', 'failed', 'cancelled')) as read
    from loom.threads t join loom.messages m on m.thread_id = t.id
    where t.address = ${input.thread} and m.external_hash = ${input.externalHash} for no key update of m`
  return row
}
