import { answerDays } from '../../core/requests.ts'
import type { Store } from '../../storage/database.ts'
import { listRequests } from '../../storage/requests/list.ts'
import type { ProofFinding } from './finding.ts'

/** Whether every request for a right was answered in time. By a role that sees all rows. */
export async function proveRequests(store: Store): Promise<ProofFinding[]> {
  const open = await listRequests(store, { closed: false })
  const late = open.filter(({ days }) => days >= answerDays.due).length
  const oldest = Math.max(0, ...open.map(({ days }) => days))
  return [
    {
      part: 'requests',
      name: 'open requests',
      limit: `answered within ${answerDays.due} d`,
      found:
        open.length === 0
          ? 'none'
          : `${open.length}, oldest ${oldest} d${late > 0 ? `, ${late} too late` : ''}`,
      breach: late > 0,
    },
  ]
}

/** An error in the log for each request that has to be answered in the days that come, and each that is late. */
export async function alarmRequests(store: Store): Promise<number> {
  const open = await listRequests(store, { closed: false })
  const due = open.filter(({ days }) => days >= answerDays.alarm)
  for (const { days, dueAtMs, kind, requestId, tenantId } of due) {
    const dueAt = new Date(dueAtMs).toISOString()
    store.log.error({ requestId, tenantId, kind, days, dueAt }, 'a request for a right waits for an answer')
  }
  return due.length
}
