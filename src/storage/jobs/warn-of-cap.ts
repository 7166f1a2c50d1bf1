import { formatUsd } from '../../core/format.ts'
import type { Sealer } from '../../core/ports.ts'
import type { NearCap } from '../budgets/spend.ts'
import type { Store, Tx } from '../database.ts'
import { openDelivery } from '../deliveries/open.ts'

/** Says in the threads of a job that lives, once for each cap, that most of it is spent. */
export async function warnOfCap(
  deps: { store: Store; tx: Tx; sealer: Sealer },
  input: { tenantId: string; job: NearCap },
): Promise<void> {
  const { job, tenantId } = input
  const threads = await deps.tx.sql<{ id: string; address: string }[]>`
    select t.id, t.address from loom.job_threads jt join loom.threads t on t.id = jt.thread_id
    where jt.job_id = ${job.jobId} and jt.live`
  const percent = Math.floor((job.settledMicroUsd / job.capMicroUsd) * 100)
  const text = `${percent} % of the cap is spent: ${formatUsd(job.settledMicroUsd)} of ${formatUsd(job.capMicroUsd)}. At the cap the job pauses, and what is done is kept.`
  for (const { address, id } of threads) {
    await openDelivery(deps, {
      tenantId,
      jobId: job.jobId,
      threadId: id,
      address,
      kind: 'notice',
      subject: `cap ${job.capMicroUsd}`,
      text,
    })
  }
}
