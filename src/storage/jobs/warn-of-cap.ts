import { formatUsd } from '../../core/format.ts'
import type { Sealer } from '../../core/ports.ts'
import type { BudgetScope } from '../../core/words.ts'
import type { NearCap } from '../budgets/spend.ts'
import type { Store, Tx } from '../database.ts'
import { openDelivery } from '../deliveries/open.ts'

/**
 * Says in the threads of a job that most of a cap is spent: its own while it lives, or that of its channel's day or the
 * account's month, which it came near first. Once for each cap, since what is settled only grows.
 */
export async function warnOfCap(
  deps: { store: Store; tx: Tx; sealer: Sealer },
  input: { tenantId: string; jobId: string; cap: NearCap },
): Promise<void> {
  const { cap, jobId, tenantId } = input
  const { capMicroUsd, scope, settledMicroUsd } = cap
  const threads = await deps.tx.sql<{ id: string; address: string }[]>`
    select t.id, t.address from loom.job_threads jt join loom.threads t on t.id = jt.thread_id
    where jt.job_id = ${jobId} and (jt.live or ${scope !== 'job'})`
  const percent = Math.floor((settledMicroUsd / capMicroUsd) * 100)
  const { pauses, which } = words[scope]
  const text = `${percent} % of ${which} is spent: ${formatUsd(settledMicroUsd)} of ${formatUsd(capMicroUsd)}. At the cap ${pauses}, and what is done is kept.`
  for (const { address, id } of threads) {
    await openDelivery(deps, {
      tenantId,
      jobId,
      threadId: id,
      address,
      kind: 'notice',
      subject: scope === 'job' ? `cap ${capMicroUsd}` : `cap ${capMicroUsd} ${scope}`,
      text,
    })
  }
}

const words: Record<BudgetScope, { which: string; pauses: string }> = {
  job: { which: 'the cap', pauses: 'the job pauses' },
  channel_day: { which: "this channel's cap for the day", pauses: 'its jobs pause' },
  tenant_month: { which: "the account's cap for the month", pauses: 'all jobs pause' },
}
