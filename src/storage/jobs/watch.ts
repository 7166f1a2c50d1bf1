import { LoomError } from '../../core/errors.ts'
import { isEnded, type JobState } from '../../core/job-states.ts'
import type { Sealer } from '../../core/ports.ts'
import { parseThreadId, type ThreadId } from '../../core/thread-id.ts'
import { platformNames } from '../../core/words.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { openDelivery } from '../deliveries/open.ts'
import { hideIn, showIn } from '../deliveries/show-in.ts'
import { ensureThread } from '../threads/ensure.ts'
import { lockJobs } from './lock.ts'
import { isAskerOrAdmin } from './may-decide.ts'

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

interface Watching {
  jobId: string
  /** Through which the thread is reached; the account's own. */
  installationId: string
  thread: ThreadId
}

export type Watched = { kind: 'watching'; ended: boolean } | { kind: 'already' }

/**
 * Shows a job in one more thread of its account: its card at once, what it asks and, from then on, all that the thread of
 * its brief is shown; of one that has ended the card and the answer. Only who asked for it, on whichever platform, the
 * account's owners and admins, and the operator may. The thread of the brief is told. Idempotent. Answers `undefined`
 * when there is no such job. Throws `forbidden`, `not_found` for a chat that is not connected, and `conflict` where the
 * thread has a running job of its own.
 */
export async function watchJob(
  store: Store,
  context: TenantContext,
  input: Watching,
): Promise<Watched | undefined> {
  const { installationId, jobId, thread: address } = input
  const { tenantId } = context
  const sealer = await store.vault.sealer(tenantId, 'content')
  return inTenant(store, tenantId, async (tx) => {
    const deps = { store, tx, sealer }
    if (!(await mayShow(tx, context, jobId))) return undefined
    await mustBeConnected(tx, input)
    // The thread first, as a mention locks them: of two that come at once the second sees what the first made of it.
    const { threadId } = await ensureThread(deps, { tenantId, installationId, address })
    await lockJobs(tx, [jobId])
    const at = await standingOf(tx, { jobId, threadId })
    if (at.seen) return { kind: 'already' }
    if (at.busy) throw isBusy()
    await tx.sql`
      insert into loom.job_threads (tenant_id, job_id, thread_id, part, live)
      values (${tenantId}, ${jobId}, ${threadId}, 'watcher', ${!at.ended})`
    await showIn(deps, { tenantId, jobId, threadId, address, ended: at.ended })
    await tellOrigin(deps, { tenantId, jobId, threadId, address, ended: at.ended })
    await audit(deps, context, { action: 'job.watch', subjectKind: 'job', subjectId: jobId })
    return { kind: 'watching', ended: at.ended }
  })
}

/**
 * Shows a job no more in a thread that watched it, which is told so; links to its files that were posted there close.
 * Answers `false` where that thread did not watch it. Who may is up to the caller.
 */
export async function unwatchJob(
  store: Store,
  context: TenantContext,
  input: { jobId: string; thread: ThreadId },
): Promise<boolean> {
  const { jobId, thread: address } = input
  const { tenantId } = context
  const sealer = await store.vault.sealer(tenantId, 'content')
  return inTenant(store, tenantId, async (tx) => {
    const deps = { store, tx, sealer }
    await lockJobs(tx, [jobId])
    const [left] = await tx.sql<{ thread_id: string }[]>`
      delete from loom.job_threads jt using loom.threads t
      where t.id = jt.thread_id and t.address = ${address} and jt.job_id = ${jobId} and jt.part = 'watcher'
      returning jt.thread_id`
    if (!left) return false
    const threadId = left.thread_id
    await hideIn(deps, { tenantId, jobId, threadId })
    await openDelivery(deps, {
      ...{ tenantId, jobId, threadId, address, kind: 'notice', subject: `unwatched:${store.newId()}` },
      text: 'This job is no longer shown here. What stands above stays as it was.',
    })
    await audit(deps, context, { action: 'job.unwatch', subjectKind: 'job', subjectId: jobId })
    return true
  })
}

/** `false` for no such job. Throws `forbidden`. */
async function mayShow(tx: Tx, context: TenantContext, jobId: string): Promise<boolean> {
  const [job] = await tx.sql<{ asked_by: string | null }[]>`
    select b.asked_by from loom.jobs j join loom.briefs b on b.id = j.brief_id where j.id = ${jobId}`
  if (!job) return false
  if (context.actor.kind === 'operator') return true
  if (await isAskerOrAdmin(tx, context, { askedBy: job.asked_by })) return true
  throw new LoomError({
    kind: 'forbidden',
    message: 'Only the person who asked for this, an admin or an owner can show it in another place.',
  })
}

async function mustBeConnected({ sql }: Tx, { installationId, thread }: Watching): Promise<void> {
  const { platform } = parseThreadId(thread)
  const connected = await sql`
    select 1 from loom.installations
    where id = ${installationId} and platform = ${platform} and revoked_at is null`
  if (connected.length > 0) return
  throw new LoomError({ kind: 'not_found', message: 'Loom is no longer installed there.' })
}

async function standingOf(
  { sql }: Tx,
  { jobId, threadId }: { jobId: string; threadId: string },
): Promise<{ ended: boolean; seen: boolean; busy: boolean }> {
  const [row] = await sql<{ state: JobState; seen: boolean; busy: boolean }[]>`
    select j.state,
           exists (select 1 from loom.job_threads where job_id = j.id and thread_id = ${threadId}) as seen,
           exists (select 1 from loom.job_threads where thread_id = ${threadId} and live and job_id <> j.id) as busy
    from loom.jobs j where j.id = ${jobId}`
  return { ended: !row || isEnded(row.state), seen: row?.seen === true, busy: row?.busy === true }
}

function isBusy(): LoomError {
  return new LoomError({
    kind: 'conflict',
    message:
      'Another job runs in this thread, or is shown here already. Use another thread, or wait until it has ended.',
  })
}

/** People who spoke there believed that it stays there. A terminal is its owner's alone, and who watches acts for them. */
async function tellOrigin(
  deps: Deps,
  input: { tenantId: string; jobId: string; threadId: string; address: string; ended: boolean },
): Promise<void> {
  const { address, ended, jobId, tenantId, threadId } = input
  const [origin] = await deps.tx.sql<{ id: string; address: string }[]>`
    select t.id, t.address from loom.job_threads jt join loom.threads t on t.id = jt.thread_id
    where jt.job_id = ${jobId} and jt.part = 'origin' and t.platform <> 'local'`
  if (!origin) return
  const where = `another thread of ${platformNames[parseThreadId(address).platform]}`
  await openDelivery(deps, {
    ...{ tenantId, jobId, threadId: origin.id, address: origin.address },
    kind: 'notice',
    subject: `watched:${threadId}`,
    text: ended
      ? `The answer to this was also shown in ${where}.`
      : `This is also shown in ${where} from now on: its card, its questions and its answer.`,
  })
}
