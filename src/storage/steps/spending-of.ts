import type { Spending } from '../budgets/spend.ts'
import type { StepCommit } from './step-commit.ts'

/** What a member moves in its counters. */
export function spendingOf(commit: StepCommit): Spending {
  return {
    keys: commit.budgetKeys,
    releaseMicroUsd: commit.releaseMicroUsd,
    settleMicroUsd: costOf(commit),
    wantMicroUsd: commit.wantMicroUsd,
    leastMicroUsd: commit.leastMicroUsd,
  }
}

/** What a member has spent. */
export function costOf({ step, summary }: Pick<StepCommit, 'step' | 'summary'>): number {
  return (step?.costMicroUsd ?? 0) + (summary?.call?.costMicroUsd ?? 0)
}
