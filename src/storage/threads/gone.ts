import type { Sealer } from '../../core/ports.ts'
import type { Platform } from '../../core/words.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { openDelivery } from '../deliveries/open.ts'
import { identitiesOf } from '../identities/same-person.ts'
import { endJob } from '../jobs/end.ts'
import { lockJobs } from '../jobs/lock.ts'
import { clearTimer } from '../timers.ts'

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

interface Gone {
  id: string
  address: string
}

/** A channel with all its threads or, with `thread`, that one thread; `words`: what its people are told, and the answer. */
export interface GoneInput {
  platform: Platform
  channel: string
  thread?: string
  /** Where names of channels are an installation's own. */
  installationId?: string
  /** The one of them, by its address, of which it matters whether somebody was told. */
  askedOf?: string
  words: { answer: string; stopped: string; rests: string }
}

/**
 * The platform deleted threads. A job that runs and that nobody can see any more elsewhere is stopped and what it had to
 * say there withdrawn; recurring briefs that answer there rest. Whoever asked for either is told in private, once.
 * Idempotent. Answers how many jobs were stopped, and whether somebody of a thread was told, now or before.
 */
export async function threadsGone(
  store: Store,
  context: TenantContext,
  input: GoneInput,
): Promise<{ stopped: number; told: boolean }> {
  const { channel, installationId = null, platform, thread = null } = input
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const deps = { store, tx, sealer }
    const gone = await tx.sql<Gone[]>`
      select id, address from loom.threads
      where platform = ${platform} and split_part(address, ':', 2) = ${channel}
        and (${installationId}::uuid is null or installation_id = ${installationId})
        and (${thread}::text is null or split_part(address, ':', 3) = ${thread})`
    if (gone.length === 0) return { stopped: 0, told: false }
    const stopped = await stopUnseen(deps, context, { ...input, gone })
    await restSchedules(deps, context, { ...input, gone })
    const asked = gone.filter(({ address }) => address === (input.askedOf ?? address)).map(({ id }) => id)
    const told = await tx.sql`
      select 1 from loom.deliveries
      where thread_id = any(${asked}::uuid[]) and subject like 'gone:%' limit 1`
    return { stopped, told: told.length > 0 }
  })
}

type Losing = GoneInput & { gone: readonly Gone[] }

async function stopUnseen(deps: Deps, context: TenantContext, input: Losing): Promise<number> {
  const { gone, words } = input
  const { sql } = deps.tx
  const ids = gone.map(({ id }) => id)
  const seen = await sql<{ job_id: string }[]>`
    select distinct job_id from loom.job_threads where thread_id = any(${ids}::uuid[]) and live order by job_id`
  await lockJobs(
    deps.tx,
    seen.map((row) => row.job_id),
  )
  await sql`update loom.job_threads set live = false where thread_id = any(${ids}::uuid[]) and live`
  let stopped = 0
  for (const { job_id: jobId } of seen) {
    const elsewhere = await sql`select 1 from loom.job_threads where job_id = ${jobId} and live limit 1`
    if (elsewhere.length > 0) continue
    if (!(await endJob(deps, context, { jobId, state: 'cancelled', answer: words.answer }))) continue
    stopped += 1
    await withdraw(deps.tx, context, { jobId, ids })
    const [asked] = await sql<{ by: string | null; thread_id: string }[]>`
      select b.asked_by as by, jt.thread_id from loom.jobs j join loom.briefs b on b.id = j.brief_id
      join loom.job_threads jt on jt.job_id = j.id
      where j.id = ${jobId} and jt.thread_id = any(${ids}::uuid[]) limit 1`
    const at = gone.find(({ id }) => id === asked?.thread_id)
    if (asked?.by && at)
      await tell(deps, context, { ...input, at, to: asked.by, subject: jobId, text: words.stopped })
  }
  return stopped
}

async function restSchedules(deps: Deps, context: TenantContext, input: Losing): Promise<void> {
  const { gone, words } = input
  const resting = await deps.tx.sql<{ id: string; thread_id: string; created_by: string | null }[]>`
    update loom.schedules set paused = true, next_at = null
    where thread_id = any(${gone.map(({ id }) => id)}::uuid[]) and not paused returning id, thread_id, created_by`
  for (const { created_by: to, id: subject, thread_id } of resting) {
    await clearTimer(deps.tx, context, { kind: 'schedule', subjectId: subject })
    const at = gone.find(({ id }) => id === thread_id)
    if (to && at) await tell(deps, context, { ...input, at, to, subject, text: words.rests })
  }
}

/** What waited to be shown there: nobody would read it. */
async function withdraw(
  { sql }: Tx,
  { tenantId }: TenantContext,
  { ids, jobId }: { jobId: string; ids: readonly string[] },
): Promise<void> {
  await sql`
    with withdrawn as (
      update loom.deliveries set state = 'withdrawn'
      where job_id = ${jobId} and thread_id = any(${[...ids]}::uuid[]) and state = 'pending' returning id
    )
    delete from loom.due_deliveries u using withdrawn w where u.delivery_id = w.id and u.tenant_id = ${tenantId}`
}

/** A word for one person, whom the platform of the deleted thread knows. */
async function tell(
  deps: Deps,
  { tenantId }: TenantContext,
  input: Pick<GoneInput, 'platform'> & { at: Gone; to: string; subject: string; text: string },
): Promise<void> {
  const { at, platform, subject, text, to } = input
  const [who] = await deps.tx.sql<{ id: string; external_sealed: Uint8Array }[]>`
    select id, external_sealed from loom.identities
    where platform = ${platform} and id in ${identitiesOf(deps.tx, to)}
    order by (id = ${to}) desc, created_at desc limit 1`
  if (!who) return
  const onlyFor = deps.sealer.openText(`identities.external:${who.id}`, who.external_sealed)
  await openDelivery(deps, {
    ...{ tenantId, threadId: at.id, address: at.address, kind: 'notice', subject: `gone:${subject}` },
    text: JSON.stringify({ text, onlyFor }),
  })
}
