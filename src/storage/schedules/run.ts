import { endedStates } from '../../core/job-states.ts'
import type { Sealer } from '../../core/ports.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { clearTimer, setTimer } from '../timers.ts'
import { nextRun } from './next-run.ts'
import { openRun } from './open-run.ts'

export type ScheduleRun =
  | { kind: 'opened'; jobId: string }
  /** Not this time: its last job has not ended, or its chat is no longer connected. */
  | { kind: 'skipped'; reason: 'running' | 'gone' }
  /** The thread is busy with another job: looked at again in a minute, for the same moment. */
  | { kind: 'waits' }

/** How long a run waits before it looks again whether its thread is free. */
const waitMs = 60_000

interface Row {
  thread_id: string
  address: string
  created_by: string | null
  prompt_sealed: Uint8Array
  rule: string
  time_zone: string
  cap: string
  paused: boolean
  next_at: number | null
  /** Whether the account and the chat it was made in are still there, and who made it wishes to be heard. */
  reachable: boolean
}

/**
 * Runs a schedule that is due, in one transaction: opens the brief and its job as a mention would, and moves the
 * schedule on to the first moment after now. However many moments were missed, it runs once. Answers `undefined` when
 * there is nothing to do: it is not due, paused or gone. Two that call at once open one job.
 */
export async function runSchedule(
  store: Store,
  context: TenantContext,
  input: { scheduleId: string },
): Promise<ScheduleRun | undefined> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const row = await lockSchedule(tx, input)
    if (!row || row.paused || row.next_at === null) {
      await clearTimer(tx, context, { kind: 'schedule', subjectId: input.scheduleId })
      return undefined
    }
    if (row.next_at > store.now()) {
      await setTimer(tx, context, { kind: 'schedule', subjectId: input.scheduleId, dueAtMs: row.next_at })
      return undefined
    }
    const due = { ...row, scheduleId: input.scheduleId, dueAtMs: row.next_at }
    return runDue({ store, tx, sealer }, context, due)
  })
}

async function lockSchedule({ sql }: Tx, input: { scheduleId: string }): Promise<Row | undefined> {
  const [row] = await sql<Row[]>`
    select s.thread_id, t.address, s.created_by, s.prompt_sealed, s.rule, s.time_zone, s.cap_micro_usd as cap, s.paused,
           extract(epoch from s.next_at)::float8 * 1000 as next_at,
           i.revoked_at is null and a.state = 'active' and not exists (
             select 1 from loom.identities p where p.id = s.created_by and p.ignored_at is not null) as reachable
    from loom.schedules s
    join loom.threads t on t.id = s.thread_id
    join loom.installations i on i.id = t.installation_id
    join loom.tenants a on a.tenant_id = s.tenant_id
    where s.id = ${input.scheduleId} for update of s for key share of a`
  return row
}

type Due = Row & { scheduleId: string; dueAtMs: number }

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

async function runDue(deps: Deps, context: TenantContext, due: Due): Promise<ScheduleRun | undefined> {
  const { store, tx } = deps
  const { scheduleId } = due
  const busy = await findLiveJob(tx, due)
  if (due.reachable && busy && busy.schedule_id !== scheduleId) {
    await setTimer(tx, context, { kind: 'schedule', subjectId: scheduleId, dueAtMs: store.now() + waitMs })
    return { kind: 'waits' }
  }
  await moveOn(deps, context, due)
  if (!due.reachable) return skip(deps, context, { scheduleId, reason: 'gone' })
  if (busy) return skip(deps, context, { scheduleId, reason: 'running' })
  const jobId = await openRun(deps, context, {
    scheduleId,
    dueAtMs: due.dueAtMs,
    threadId: due.thread_id,
    address: due.address,
    askedBy: due.created_by,
    prompt: deps.sealer.openText(`schedules.prompt:${scheduleId}`, due.prompt_sealed),
    capMicroUsd: Number(due.cap),
  })
  if (!jobId) return undefined
  const lastRunAt = new Date(store.now()).toISOString()
  await tx.sql`update loom.schedules set last_run_at = ${lastRunAt}::timestamptz where id = ${scheduleId}`
  await audit(deps, context, { action: 'schedule.run', subjectKind: 'schedule', subjectId: scheduleId })
  return { kind: 'opened', jobId }
}

/** The thread's running job, and of which schedule it is. The thread stays locked: no mention opens one meanwhile. */
async function findLiveJob({ sql }: Tx, due: Due): Promise<{ schedule_id: string | null } | undefined> {
  await sql`select 1 from loom.threads where id = ${due.thread_id} for no key update`
  const [live] = await sql<{ schedule_id: string | null }[]>`
    select b.schedule_id from loom.job_threads t
    join loom.jobs j on j.id = t.job_id join loom.briefs b on b.id = j.brief_id
    where t.thread_id = ${due.thread_id} and t.live
      and j.state <> all(${endedStates as unknown as string[]}::text[])`
  return live
}

/** A clock that is behind the one that set the due moment does not find the same moment again. */
async function moveOn({ store, tx }: Deps, context: TenantContext, due: Due): Promise<void> {
  const dueAtMs = nextRun(due.rule, due.time_zone, Math.max(store.now(), due.dueAtMs))
  const nextAt = new Date(dueAtMs).toISOString()
  await tx.sql`update loom.schedules set next_at = ${nextAt}::timestamptz where id = ${due.scheduleId}`
  await setTimer(tx, context, { kind: 'schedule', subjectId: due.scheduleId, dueAtMs })
}

async function skip(
  deps: Deps,
  context: TenantContext,
  input: { scheduleId: string; reason: 'running' | 'gone' },
): Promise<ScheduleRun> {
  const { reason, scheduleId } = input
  const subject = { subjectKind: 'schedule', subjectId: scheduleId }
  await audit(deps, context, { action: `schedule.skip_${reason}`, ...subject })
  return { kind: 'skipped', reason }
}
