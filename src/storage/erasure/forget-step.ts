import { endedStates } from '../../core/job-states.ts'
import type { Sealer } from '../../core/ports.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { endJob } from '../jobs/end.ts'
import { objectKeys } from '../objects/keys.ts'
import { citing, type Forgotten, momentOf } from './citing.ts'
import { addCounts, type Tombstone } from './tombstones.ts'

/** What a turn of an erasure came to: there is more, it has to wait, or all is gone. */
export type Progress = 'more' | 'waits' | 'done'

export interface StepInput {
  tombstone: Tombstone
  /** How many rows go in one transaction, about. */
  batch: number
  /** How long after a job's end its workers may still write, and its last words be on their way. */
  settleMs: number
  /** Takes away what Loom posted for jobs of the person's own before their rows go; without it that stays. */
  removePosts?: (jobIds: readonly string[]) => Promise<Progress>
}

/** How long a job's last words may keep its rows, on a platform that does not take them. */
const wordsMs = 10 * 60_000

const words =
  'Stopped, because something that this worked with was deleted at the wish of the person who wrote it. Ask again without it.'

/**
 * One bounded turn of forgetting a person, in this order: what runs and cites them is stopped, their messages are emptied,
 * the briefs that cite them go with objects and rows, then what else was theirs. Each turn finds out from the rows what is
 * left, so it may break off anywhere and be repeated, by any process.
 */
export async function forgetStep(store: Store, context: TenantContext, input: StepInput): Promise<Progress> {
  const { batch, tombstone } = input
  const { tenantId } = context
  const forgotten = { identityId: tombstone.subjectId, untilMs: tombstone.requestedAtMs }
  const sealer = await store.vault.sealer(tenantId, 'content')
  const turn = { ...input, ...forgotten, sealer }
  if (await stopSome(store, context, turn)) return 'more'
  if (await emptySome(store, context, turn)) return 'more'
  const briefs = await eraseBriefs(store, context, turn)
  if (briefs !== 'done') return briefs
  if (await eraseKept(store, context, turn)) return 'more'
  const rest = await inTenant(store, tenantId, (tx) => eraseRest(tx, context, { ...turn, batch }))
  return rest ? 'more' : 'done'
}

type Turn = StepInput & Forgotten & { sealer: Sealer }

async function stopSome(store: Store, context: TenantContext, turn: Turn): Promise<boolean> {
  const { sealer } = turn
  const { tenantId } = context
  const live = await inTenant(
    store,
    tenantId,
    (tx) => tx.sql<{ id: string }[]>`
      ${citing(tx, turn)}
      select j.id from citing c join loom.jobs j on j.brief_id = c.brief_id
      where j.state <> all(${endedStates as unknown as string[]}::text[]) order by j.id limit 20`,
  )
  for (const { id } of live) {
    await inTenant(store, tenantId, async (tx) => {
      const ended = { jobId: id, state: 'cancelled', answer: words } as const
      if (!(await endJob({ store, tx, sealer }, { tenantId, actor: { kind: 'system' } }, ended))) return
      await addCounts(tx, { tombstoneId: turn.tombstone.tombstoneId, counts: { jobsStopped: 1 } })
    })
  }
  return live.length > 0
}

/** From here on nobody can read them, and no new brief takes them; the rows go when nothing points at them any more. */
async function emptySome(store: Store, context: TenantContext, turn: Turn): Promise<boolean> {
  const { batch, identityId, sealer, untilMs } = turn
  return inTenant(store, context.tenantId, async ({ sql }) => {
    const full = await sql<{ id: string }[]>`
      select id from loom.messages
      where identity_id = ${identityId} and created_at <= ${momentOf(untilMs)}::timestamptz
        and (removed_at is null or files_sealed is not null) limit ${batch}`
    if (full.length === 0) return false
    const bodies = full.map(({ id }) => sealer.seal(`messages.body:${id}`, '').toString('hex'))
    await sql`
      update loom.messages m
      set body_sealed = decode(e.body, 'hex'), files_sealed = null, removed_at = coalesce(m.removed_at, now())
      from unnest(${full.map(({ id }) => id)}::uuid[], ${bodies}::text[]) as e (id, body) where m.id = e.id`
    return true
  })
}

interface Citing {
  brief_id: string
  job_ids: string[]
  settled: boolean
  /** They asked for it. */
  own: boolean
}

/** The newest first: a brief that follows another would not be found once that one is gone. */
async function eraseBriefs(store: Store, context: TenantContext, turn: Turn): Promise<Progress> {
  const { settleMs } = turn
  const found = await inTenant(
    store,
    context.tenantId,
    (tx) => tx.sql<Citing[]>`
      ${citing(tx, turn)}
      select b.id as brief_id, coalesce(bool_or(b.asked_by = ${turn.identityId}::uuid), false) as own, array_remove(array_agg(j.id), null) as job_ids,
             coalesce(bool_and(j.ended_at <= now() - ${settleMs} * interval '1 millisecond' and (
               j.ended_at <= now() - ${wordsMs} * interval '1 millisecond' or not exists (
                 select 1 from loom.deliveries d where d.job_id = j.id and d.state = 'pending'))), true) as settled
      from citing c join loom.briefs b on b.id = c.brief_id left join loom.jobs j on j.brief_id = b.id
      group by b.id, b.created_at order by b.created_at desc, b.id desc limit 20`,
  )
  for (const brief of found) {
    if (!brief.settled) return 'waits'
    const posts = brief.own ? await turn.removePosts?.(brief.job_ids) : undefined
    if (posts === 'more' || posts === 'waits') return posts
    await eraseBrief(store, context, { ...brief, tombstoneId: turn.tombstone.tombstoneId })
  }
  return found.length > 0 ? 'more' : 'done'
}

/** Objects first: while the rows are there, whoever repeats this finds where the objects were. */
async function eraseBrief(
  store: Store,
  context: TenantContext,
  input: Citing & { tombstoneId: string },
): Promise<void> {
  const { brief_id: briefId, job_ids: jobIds, tombstoneId } = input
  const { tenantId } = context
  let objects = 0
  for (const jobId of jobIds)
    objects += await store.objects.deletePrefix(`${objectKeys.job({ tenantId, jobId })}/`)
  await inTenant(store, tenantId, async (tx) => {
    const gone = await eraseBriefRows(tx, context, { briefId, jobIds })
    await addCounts(tx, { tombstoneId, counts: { ...gone, objects } })
  })
}

/** Files that were kept beyond their briefs, and hold what these took of the person. */
async function eraseKept(store: Store, { tenantId }: TenantContext, turn: Turn): Promise<boolean> {
  const { identityId, untilMs } = turn
  const jobs = await inTenant(
    store,
    tenantId,
    ({ sql }) => sql<{ id: string }[]>`
      select p.job_id as id from loom.job_people p
      where p.identity_id = ${identityId} and p.created_at <= ${momentOf(untilMs)}::timestamptz
        and not exists (select 1 from loom.jobs j where j.id = p.job_id) order by 1 limit 20`,
  )
  for (const { id: jobId } of jobs) {
    const objects = await store.objects.deletePrefix(`${objectKeys.job({ tenantId, jobId })}/`)
    await inTenant(store, tenantId, async (tx) => {
      const artifacts = await tx.sql`delete from loom.artifacts where job_id = ${jobId}`
      await tx.sql`delete from loom.job_people where job_id = ${jobId}`
      const counts = { artifacts: artifacts.count, objects }
      await addCounts(tx, { tombstoneId: turn.tombstone.tombstoneId, counts })
    })
  }
  return jobs.length > 0
}

/**
 * Deletes a brief with its jobs and all that hangs on them, artifacts and budgets of the jobs included; usage events stay,
 * which hold no content. Messages stay but the answers, which are Loom's.
 */
export async function eraseBriefRows(
  { sql }: Pick<Tx, 'sql'>,
  { tenantId }: TenantContext,
  input: { briefId: string; jobIds: readonly string[] },
): Promise<{ briefs: number; deliveries: number; artifacts: number }> {
  const { briefId } = input
  const jobIds = input.jobIds as string[]
  await sql`delete from loom.ready_tasks where job_id = any(${jobIds}::uuid[]) and tenant_id = ${tenantId}`
  await sql`delete from loom.due_deliveries where job_id = any(${jobIds}::uuid[]) and tenant_id = ${tenantId}`
  await sql`
    delete from loom.timers t using loom.approvals a
    where t.kind = 'approval' and t.subject_id = a.id and t.tenant_id = ${tenantId} and a.job_id = any(${jobIds}::uuid[])`
  const deliveries = await sql`delete from loom.deliveries where job_id = any(${jobIds}::uuid[])`
  const artifacts = await sql`delete from loom.artifacts where job_id = any(${jobIds}::uuid[])`
  await sql`delete from loom.budgets where scope = 'job' and key = any(${jobIds}::text[])`
  await sql`update loom.inbox set job_id = null where job_id = any(${jobIds}::uuid[])`
  const answers = await sql<{ id: string }[]>`
    select answer_message_id as id from loom.jobs where id = any(${jobIds}::uuid[]) and answer_message_id is not null`
  // Files point at blobs, and both hang on the job: a cascade would take the blobs first, which is refused.
  await sql`delete from loom.workspace_files where job_id = any(${jobIds}::uuid[])`
  await sql`delete from loom.jobs where id = any(${jobIds}::uuid[])`
  await sql`delete from loom.job_people where job_id = any(${jobIds}::uuid[])`
  const briefs = await sql`delete from loom.briefs where id = ${briefId}`
  await sql`delete from loom.messages where id = any(${answers.map(({ id }) => id)}::uuid[])`
  return { briefs: briefs.count, deliveries: deliveries.count, artifacts: artifacts.count }
}

/** What else was theirs, when no brief cites them any more. Answers whether there may be more. */
async function eraseRest({ sql }: Tx, { tenantId }: TenantContext, turn: Turn): Promise<boolean> {
  const { batch, identityId, untilMs } = turn
  const until = momentOf(untilMs)
  const schedules = await sql`
    with gone as (
      delete from loom.schedules where created_by = ${identityId} and created_at <= ${until}::timestamptz returning id
    ), timers as (
      delete from loom.timers t using gone g
      where t.kind = 'schedule' and t.subject_id = g.id and t.tenant_id = ${tenantId}
    )
    select id from gone`
  const feedback = await sql`
    delete from loom.feedback where identity_id = ${identityId} and created_at <= ${until}::timestamptz`
  // That they were answered stays as the proof of it, without who they are; what is open must still be answered.
  await sql`
    update loom.requests set contact_sealed = null, answer_sealed = null, identity_id = null
    where identity_id = ${identityId} and state <> 'open' and created_at <= ${until}::timestamptz`
  // Words of Loom without a job, in threads where they wrote, may repeat theirs: what a recurring brief says, a file's name.
  const notices = await sql`
    with gone as (
      delete from loom.deliveries d using loom.messages m
      where d.job_id is null and d.created_at <= ${until}::timestamptz and m.thread_id = d.thread_id
        and m.identity_id = ${identityId} and m.created_at <= ${until}::timestamptz returning d.id
    ), due as (
      delete from loom.due_deliveries u using gone g where u.delivery_id = g.id and u.tenant_id = ${tenantId}
    )
    select id from gone`
  const messages = await sql`
    delete from loom.messages where id in (
      select id from loom.messages where identity_id = ${identityId} and created_at <= ${until}::timestamptz limit ${batch})`
  const { tombstoneId } = turn.tombstone
  await addCounts(
    { sql },
    {
      tombstoneId,
      counts: {
        messages: messages.count,
        schedules: schedules.length,
        feedback: feedback.count,
        notices: notices.length,
      },
    },
  )
  return messages.count === batch
}
