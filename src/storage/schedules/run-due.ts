import { toLoomError } from '../../core/errors.ts'
import { acrossTenants, inTenant, type Store, type TenantContext } from '../database.ts'
import { setTimer } from '../timers.ts'
import { runSchedule } from './run.ts'

export interface DueSchedule {
  scheduleId: string
  tenantId: string
}

/** How many schedules are run in one turn; the others come in the next. */
const mostInATurn = 25

/** How long a schedule that cannot be run rests, so that it does not stand in the way of the others. */
const restMs = 60_000

/** Schedules of all tenants whose timer is due, the longest due first. Ids only. */
export async function dueSchedules(store: Store): Promise<DueSchedule[]> {
  const now = new Date(store.now()).toISOString()
  const rows = await acrossTenants(
    store,
    ({ sql }) => sql<{ tenant_id: string; subject_id: string }[]>`
      select tenant_id, subject_id from loom.timers
      where kind = 'schedule' and due_at <= ${now}::timestamptz order by due_at, subject_id limit ${mostInATurn}`,
  )
  return rows.map((row) => ({ scheduleId: row.subject_id, tenantId: row.tenant_id }))
}

/**
 * Runs the schedules that are due. Answers how many jobs were opened: their first tasks wait in the lane `worker`. Any
 * number of processes may call it at once. A schedule that fails is logged and rests for a minute; `unavailable` is
 * thrown when the database does not answer.
 */
export async function runDueSchedules(store: Store): Promise<number> {
  let opened = 0
  for (const { scheduleId, tenantId } of await dueSchedules(store)) {
    const context: TenantContext = { tenantId, actor: { kind: 'system' } }
    try {
      const run = await runSchedule(store, context, { scheduleId })
      if (!run) continue
      if (run.kind === 'opened') opened += 1
      store.log.info({ tenantId, scheduleId, ...run }, 'a schedule came due')
    } catch (thrown) {
      const error = toLoomError(thrown)
      store.log.error(
        { tenantId, scheduleId, kind: error.kind, detail: error.detail },
        'a schedule cannot be run',
      )
      const dueAtMs = store.now() + restMs
      await inTenant(store, tenantId, (tx) =>
        setTimer(tx, context, { kind: 'schedule', subjectId: scheduleId, dueAtMs }),
      )
    }
  }
  return opened
}
