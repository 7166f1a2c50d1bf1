import type { CostEstimate } from '../../core/estimate.ts'
import { formatUsd } from '../../core/format.ts'
import type { Sealer } from '../../core/ports.ts'
import type { BudgetKey } from '../budgets/keys.ts'
import type { Store, Tx } from '../database.ts'
import { announce } from '../deliveries/announce.ts'

/**
 * Keeps what a job's plan is likely to cost, with what the job has cost so far, for its card. When even the least of it
 * is more than what is left, its threads are told, before any of the work begins.
 */
export async function noteEstimate(
  deps: { store: Store; tx: Tx; sealer: Sealer },
  input: { tenantId: string; jobId: string; budgetKeys: readonly BudgetKey[]; estimate: CostEstimate },
): Promise<void> {
  const { budgetKeys, estimate, jobId, tenantId } = input
  const { leastMicroUsd, mostMicroUsd } = estimate
  const { sql } = deps.tx
  const [budget] = await sql<{ room: number | null }[]>`
    with mine as (
      select b.scope, b.settled_micro_usd as settled,
             b.cap_micro_usd - b.settled_micro_usd - b.reserved_micro_usd as room
      from loom.budgets b
      join unnest(${budgetKeys.map(({ scope }) => scope)}::text[], ${budgetKeys.map(({ key }) => key)}::text[])
        as k (scope, key) on k.scope = b.scope and k.key = b.key
    ), kept as (
      update loom.jobs set estimate_least_micro_usd = ${leastMicroUsd}::bigint + m.settled,
                           estimate_most_micro_usd = ${mostMicroUsd}::bigint + m.settled
      from mine m where id = ${jobId} and m.scope = 'job' returning id
    )
    select min(room)::float8 as room from mine where exists (select 1 from kept)`
  if (!budget || budget.room === null || leastMicroUsd <= budget.room) return
  const left = formatUsd(Math.max(0, budget.room))
  const text = `This plan is likely to cost at least ${formatUsd(leastMicroUsd)}, and ${left} is left. It begins, and pauses when that is spent; what is done is kept.`
  await announce(deps, { tenantId, jobId, kind: 'notice', subject: 'estimate', text })
}
