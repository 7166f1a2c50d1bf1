import { markShown, markUnsent } from '../../../src/storage/deliveries/settle.ts'
import { runDueSchedules } from '../../../src/storage/schedules/run-due.ts'
import { type Brief, type Host, messageOf, ofBrief, type Stage } from './people.ts'

/** What was on its way for a day is on the platform, or given up. */
export async function deliverWords({ world }: Stage): Promise<void> {
  const rows = await world.bed.admin`
    select d.id, d.tenant_id from loom.deliveries d join loom.tenants t on t.tenant_id = d.tenant_id
    where d.job_id is null and d.state = 'pending' and t.state = 'active'
      and d.created_at <= loom.clock() - interval '1 day'`
  for (const [at, row] of rows.entries()) {
    const due = { deliveryId: String(row.id), tenantId: String(row.tenant_id) }
    const shown = { ref: 'walked', shownSeq: 0, last: true, nextInMs: 0 }
    if (at % 3 === 2)
      await markUnsent(world.store(), { ...due, errorKind: 'not_found', retryInMs: undefined })
    else await markShown(world.store(), { ...due, ...shown })
  }
}

/** Runs what recurs and is due: its words are said once more, and ask for a brief that nobody works on. */
export async function runSchedules(stage: Stage, hosts: readonly Host[]): Promise<void> {
  const { recorder, world } = stage
  while ((await runDueSchedules(world.store())) > 0);
  const rows = await world.bed.admin`
    select j.id, b.schedule_id, extract(epoch from j.created_at)::float8 * 1000 as made
    from loom.briefs b join loom.jobs j on j.brief_id = b.id where b.schedule_id is not null order by j.created_at`
  for (const { id, made, schedule_id: scheduleId } of rows) {
    const run = { jobId: String(id), scheduleId: String(scheduleId), madeMs: Number(made) }
    if (!recorder.past.briefs.has(run.jobId)) noteRun(stage, hosts, run)
  }
}

function noteRun(
  stage: Stage,
  hosts: readonly Host[],
  { jobId, madeMs, scheduleId }: { jobId: string; scheduleId: string; madeMs: number },
): void {
  const { recorder } = stage
  const found = hosts.flatMap((host) =>
    host.schedules.flatMap((one) => (one.scheduleId === scheduleId ? [{ host, ...one }] : [])),
  )
  const [recurring] = found
  if (!recurring) throw new Error('a schedule ran that was deleted')
  const { by, canary, host, thread } = recurring
  recorder.also(canary, messageOf(stage, host, { thread, by }))
  recorder.past.briefs.set(jobId, { people: new Map([[by, madeMs]]), takes: [] })
  const opened = { briefId: jobId, jobId, thread, madeMs, passedOn: [] }
  const brief: Brief = { ...opened, holding: ofBrief(stage, host, opened) }
  thread.briefs.push(brief)
  // The words are the title as long as there is no plan.
  recorder.also(canary, ofBrief(stage, host, brief, { isOptional: true }))
}
