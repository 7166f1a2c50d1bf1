import { parseTimeZone } from '../../core/schedule.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { clearTimer, setTimer } from '../timers.ts'
import type { CreatedSchedule } from './create.ts'
import { nextRun } from './next-run.ts'

interface Subject {
  scheduleId: string
}

interface Row {
  paused: boolean
  rule: string
  time_zone: string
}

/** Lets a recurring brief rest; a job that runs goes on. Idempotent. Answers whether there is such a schedule. */
export async function pauseSchedule(store: Store, context: TenantContext, input: Subject): Promise<boolean> {
  return change(store, context, { ...input, action: 'schedule.pause' }, async (tx, row) => {
    if (row.paused) return false
    await tx.sql`update loom.schedules set paused = true, next_at = null where id = ${input.scheduleId}`
    await clearTimer(tx, context, { kind: 'schedule', subjectId: input.scheduleId })
    return true
  })
}

/**
 * Lets a paused brief recur again from now on; what it would have run meanwhile is not made up for. Idempotent. Answers
 * whether there is such a schedule.
 */
export async function resumeSchedule(store: Store, context: TenantContext, input: Subject): Promise<boolean> {
  return change(store, context, { ...input, action: 'schedule.resume' }, async (tx, row) => {
    if (!row.paused) return false
    const dueAtMs = nextRun(row.rule, row.time_zone, store.now())
    const nextAt = new Date(dueAtMs).toISOString()
    await tx.sql`
      update loom.schedules set paused = false, next_at = ${nextAt}::timestamptz where id = ${input.scheduleId}`
    await setTimer(tx, context, { kind: 'schedule', subjectId: input.scheduleId, dueAtMs })
    return true
  })
}

/**
 * Reads the times of a recurring brief by another clock from now on. Idempotent. Answers how it stands then, `undefined`
 * where there is none. Throws `invalid_input` for what is no IANA time zone.
 */
export async function setScheduleZone(
  store: Store,
  context: TenantContext,
  input: Subject & { timeZone: string },
): Promise<CreatedSchedule | undefined> {
  const { scheduleId } = input
  const timeZone = parseTimeZone(input.timeZone)
  let stands: CreatedSchedule | undefined
  await change(
    store,
    context,
    { scheduleId, action: 'schedule.zone' },
    async (tx, { paused, rule, time_zone }) => {
      const nextAtMs = nextRun(rule, timeZone, store.now())
      stands = { scheduleId, rule, timeZone, nextAtMs }
      if (time_zone === timeZone) return false
      await tx.sql`update loom.schedules set time_zone = ${timeZone} where id = ${scheduleId}`
      if (paused) return true
      const nextAt = new Date(nextAtMs).toISOString()
      await tx.sql`update loom.schedules set next_at = ${nextAt}::timestamptz where id = ${scheduleId}`
      await setTimer(tx, context, { kind: 'schedule', subjectId: scheduleId, dueAtMs: nextAtMs })
      return true
    },
  )
  return stands
}

/** Deletes a recurring brief for good; its jobs and their answers stay. Answers whether there was such a schedule. */
export async function deleteSchedule(store: Store, context: TenantContext, input: Subject): Promise<boolean> {
  return change(store, context, { ...input, action: 'schedule.delete' }, async (tx) => {
    await tx.sql`delete from loom.schedules where id = ${input.scheduleId}`
    await clearTimer(tx, context, { kind: 'schedule', subjectId: input.scheduleId })
    return true
  })
}

/** Locks the schedule, as a run does. `work` answers whether it changed anything, which is then audited. */
async function change(
  store: Store,
  context: TenantContext,
  input: Subject & { action: string },
  work: (tx: Tx, row: Row) => Promise<boolean>,
): Promise<boolean> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const [row] = await tx.sql<Row[]>`
      select paused, rule, time_zone from loom.schedules where id = ${input.scheduleId} for update`
    if (!row) return false
    if (await work(tx, row)) {
      const subject = { subjectKind: 'schedule', subjectId: input.scheduleId }
      await audit({ store, tx, sealer }, context, { action: input.action, ...subject })
    }
    return true
  })
}
