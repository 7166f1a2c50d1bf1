import { parseThreadId } from '../../core/thread-id.ts'
import type { BudgetScope } from '../../core/words.ts'

export interface BudgetKey {
  scope: BudgetScope
  key: string
}

/**
 * The counters that a job's money runs through. They are those of the moment the job began, so that a reservation
 * and its settlement meet on the same row although midnight lies between them.
 */
export function budgetKeys(job: { jobId: string; createdAtMs: number; address: string }): BudgetKey[] {
  const day = new Date(job.createdAtMs).toISOString().slice(0, 10)
  const { platform, channel } = parseThreadId(job.address)
  return [
    { scope: 'job', key: job.jobId },
    { scope: 'channel_day', key: `${platform}:${channel}:${day}` },
    { scope: 'tenant_month', key: day.slice(0, 7) },
  ]
}
