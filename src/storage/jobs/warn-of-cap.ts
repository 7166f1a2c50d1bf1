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
  const threads = await deps.tx.sql<{ id: string; address: string; part: 'origin' | 'watcher' }[]>`
    select t.id, t.address, jt.part from loom.job_threads jt join loom.threads t on t.id = jt.thread_id
    where jt.job_id = ${jobId} and (jt.live or ${scope !== 'job'})`
  const percent = Math.floor((settledMicroUsd / capMicroUsd) * 100)
  const { elsewhere, pauses, which } = words[scope]
  const textIn = (part: 'origin' | 'watcher') =>
    `${percent} % of ${part === 'watcher' ? (elsewhere ?? which) : which} is spent: ${formatUsd(settledMicroUsd)} of ${formatUsd(capMicroUsd)}. At the cap ${pauses}, and what is done is kept.`
  for (const { address, id, part } of threads) {
    await openDelivery(deps, {
      tenantId,
      jobId,
      threadId: id,
      address,
      kind: 'notice',
      subject: scope === 'job' ? `cap ${capMicroUsd}` : `cap ${capMicroUsd} ${scope}`,
      text: textIn(part),
    })
  }
}

/** `elsewhere`: how it is called where another channel's job is watched. */
const words: Record<BudgetScope, { which: string; elsewhere?: string; pauses: string }> = {
  job: { which: 'the cap', pauses: 'the job pauses' },
  channel_day: {
    which: "this channel's cap for the day",
    elsewhere: 'the cap for the day of the channel it was asked in',
    pauses: 'its jobs pause',
  },
  tenant_month: { which: "the account's cap for the month", pauses: 'all jobs pause' },
}
