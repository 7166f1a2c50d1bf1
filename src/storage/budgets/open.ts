import type { Tx } from '../database.ts'
import { budgets } from '../schema/index.ts'
import type { BudgetKey } from './keys.ts'

/** Makes a job's counters where they are missing. A counter that exists keeps its cap. */
export async function openBudgets(
  tx: Tx,
  input: { tenantId: string; keys: readonly BudgetKey[]; jobCapMicroUsd: number; monthCapMicroUsd: number },
): Promise<void> {
  await tx.db
    .insert(budgets)
    .values(
      input.keys.map(({ scope, key }) => ({
        tenantId: input.tenantId,
        scope,
        key,
        capMicroUsd: scope === 'job' ? input.jobCapMicroUsd : input.monthCapMicroUsd,
      })),
    )
    .onConflictDoNothing()
}
