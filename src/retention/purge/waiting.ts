import { keepDays } from '../../core/keep-days.ts'
import { daysOf } from '../policy/rows.ts'
import { tables } from '../policy/tables.ts'
import { batch, type PurgeDeps } from './deps.ts'

/**
 * Removes rows of the closed list that nothing can wait for any more, and what the installation itself has no use for.
 * They are few: what they stand for removes them while it lives.
 */
export async function purgeWaiting(deps: PurgeDeps): Promise<number> {
  const hours = (key: keyof typeof tables) => (daysOf(tables[key]) ?? keepDays.brief) * 24
  return batch(deps, async ({ sql }) => {
    const gone = [
      await sql`
        delete from loom.ready_tasks
        where created_at <= loom.clock() - ${hours('readyTasks')} * interval '1 hour'`,
      await sql`
        delete from loom.due_deliveries
        where created_at <= loom.clock() - ${hours('dueDeliveries')} * interval '1 hour'`,
      // A schedule's timer is set again and again and lives as long as the schedule.
      await sql`
        delete from loom.timers where kind <> 'schedule'
          and greatest(created_at, due_at) <= loom.clock() - ${hours('timers')} * interval '1 hour'`,
      await sql`
        delete from loom_shared.provider_limits
        where as_of <= loom.clock() - ${hours('providerLimits')} * interval '1 hour'`,
      await sql`
        delete from loom_shared.policy_runs
        where created_at <= loom.clock() - ${hours('policyRuns')} * interval '1 hour'`,
    ]
    return gone.reduce((sum, { count }) => sum + count, 0)
  })
}
