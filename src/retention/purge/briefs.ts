import { isEnded, type JobState } from '../../core/job-states.ts'
import { keepDays } from '../../core/keep-days.ts'
import { batch, batchOf, defaultRows, eachOf, type PurgeDeps, untilNone } from './deps.ts'
import { dropJobObjects, keptHashes } from './job-objects.ts'

interface Brief {
  tenantId: string
  id: string
}

const briefsAtOnce = 50

/**
 * Removes briefs that are over their time with their jobs, answers and all that hangs on them. Files that are still kept,
 * starred or younger than their brief, stay.
 */
export async function purgeBriefs(deps: PurgeDeps): Promise<number> {
  let sum = 0
  let after = { at: '-infinity', id: '00000000-0000-0000-0000-000000000000' }
  for (;;) {
    const page = await batch(
      deps,
      ({ sql }) => sql<{ tenant_id: string; id: string; at: string }[]>`
        select tenant_id, id, created_at::text as at from loom.briefs
        where created_at <= loom.clock() - ${keepDays.brief * 24} * interval '1 hour'
          and (created_at, id) > (${after.at}::text::timestamptz, ${after.id}::uuid)
        order by created_at, id limit ${briefsAtOnce}`,
    )
    const last = page.at(-1)
    if (!last) return sum
    after = last
    const briefs = page.map(({ id, tenant_id: tenantId }) => ({ id, tenantId }))
    for (const [tenantId, own] of Map.groupBy(briefs, (brief) => brief.tenantId)) {
      sum += await purgeBriefsOf(deps, tenantId, own)
    }
  }
}

/**
 * The same for these briefs of one account, whatever their age. A job that still lives goes with them: nobody can see it or
 * commit to it any more, which happens only where no night's work was done for a month.
 */
export async function purgeBriefsOf(
  deps: PurgeDeps,
  tenantId: string,
  briefs: readonly Pick<Brief, 'id'>[],
): Promise<number> {
  const ids = briefs.map(({ id }) => id)
  const jobs = await batchOf(
    deps,
    tenantId,
    ({ sql }) => sql<{ id: string; state: JobState }[]>`
      select id, state from loom.jobs where brief_id = any(${ids}::uuid[])`,
  )
  for (const { id: jobId, state } of jobs) {
    if (!isEnded(state))
      deps.store.log.warn({ tenantId, jobId, state }, 'a job was at work to the end of its rows')
  }
  const over = jobs.map(({ id }) => id)
  const kept = await keptHashes(deps, tenantId, over)
  await eachOf(over, (jobId) => dropJobObjects(deps, { tenantId, jobId, kept: kept.get(jobId) }))
  deps.at?.('briefs:objects gone')
  await dropLongOnes(deps, tenantId, over)
  deps.at?.('briefs:steps gone')
  return dropRows(deps, tenantId, { jobIds: over, briefIds: ids })
}

/** What a job may have thousands of goes in batches before it, so that its own end is short. */
async function dropLongOnes(deps: PurgeDeps, tenantId: string, jobIds: readonly string[]): Promise<void> {
  if (jobIds.length === 0) return
  const { rows = defaultRows } = deps
  const ids = jobIds as string[]
  await untilNone(() =>
    batchOf(deps, tenantId, async ({ sql }) => {
      const gone = await sql`
        delete from loom.steps where ctid = any(array(
          select s.ctid from loom.tasks t join loom.steps s on s.tenant_id = t.tenant_id and s.task_id = t.id
          where t.job_id = any(${ids}::uuid[]) limit ${rows}))`
      return gone.count
    }),
  )
  // Files before the objects that they name, whose rows go with the job.
  for (const table of ['events', 'workspace_files']) {
    await untilNone(() =>
      batchOf(deps, tenantId, async ({ sql }) => {
        const gone = await sql`
          delete from loom.${sql(table)} where ctid = any(array(
            select ctid from loom.${sql(table)} where job_id = any(${ids}::uuid[]) limit ${rows}))`
        return gone.count
      }),
    )
  }
}

/** The rest goes with the job's row, by the foreign keys. Whoever holds one of the rows keeps it until the next night. */
async function dropRows(
  deps: PurgeDeps,
  tenantId: string,
  input: { jobIds: readonly string[]; briefIds: readonly string[] },
): Promise<number> {
  const jobIds = input.jobIds as string[]
  return batchOf(deps, tenantId, async ({ sql }) => {
    await sql`
      delete from loom.timers where kind = 'approval' and tenant_id = ${tenantId}
        and subject_id in (select id from loom.approvals where job_id = any(${jobIds}::uuid[]))`
    await sql`delete from loom.ready_tasks where job_id = any(${jobIds}::uuid[]) and tenant_id = ${tenantId}`
    await sql`delete from loom.due_deliveries where job_id = any(${jobIds}::uuid[]) and tenant_id = ${tenantId}`
    const over = await sql<{ answer: string | null }[]>`
      delete from loom.jobs where id in (
        select id from loom.jobs where id = any(${jobIds}::uuid[]) for update skip locked)
      returning answer_message_id as answer`
    // An answer is made of its brief, and nobody would find it any more who wants that forgotten.
    await sql`delete from loom.messages where id = any(${over.flatMap(({ answer }) => answer ?? [])}::uuid[])`
    await sql`delete from loom.budgets where scope = 'job' and key = any(${jobIds}::text[])`
    const gone = await sql`
      delete from loom.briefs where id in (
        select b.id from loom.briefs b where b.id = any(${input.briefIds as string[]}::uuid[])
          and not exists (select 1 from loom.jobs j where j.tenant_id = b.tenant_id and j.brief_id = b.id)
        for update of b skip locked)`
    return gone.count
  })
}
