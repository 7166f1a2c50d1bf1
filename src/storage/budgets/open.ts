import type { Tx } from '../database.ts'
import { budgets } from '../schema/index.ts'
import type { BudgetKey } from './keys.ts'

/**
 * Makes a job's counters where they are missing. A counter that exists keeps its cap, but a channel's day, which follows
 * what is set for the channel now.
 */
export async function openBudgets(
  tx: Tx,
  input: {
    tenantId: string
    keys: readonly BudgetKey[]
    jobCapMicroUsd: number
    monthCapMicroUsd: number
    /** What is set for the channel of the job; no cap of its own without it. */
    channelDayCapMicroUsd?: number | undefined
  },
): Promise<void> {
  const { channelDayCapMicroUsd, jobCapMicroUsd, keys, monthCapMicroUsd, tenantId } = input
  const caps = {
    job: jobCapMicroUsd,
    channel_day: channelDayCapMicroUsd ?? monthCapMicroUsd,
    tenant_month: monthCapMicroUsd,
  }
  await tx.db
    .insert(budgets)
    .values(keys.map(({ key, scope }) => ({ tenantId, scope, key, capMicroUsd: caps[scope] })))
    .onConflictDoNothing()
  if (channelDayCapMicroUsd === undefined) return
  const day = keys.find(({ scope }) => scope === 'channel_day')
  await tx.sql`
    update loom.budgets set cap_micro_usd = ${channelDayCapMicroUsd}::bigint
    where scope = 'channel_day' and key = ${day?.key ?? ''} and cap_micro_usd <> ${channelDayCapMicroUsd}::bigint`
}
