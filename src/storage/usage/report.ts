import { inTenant, type Store, type TenantContext } from '../database.ts'

export interface UsageReport {
  monthMicroUsd: number
  monthCapMicroUsd: number
  todayMicroUsd: number
  jobsThisMonth: number
  /** `provider/model`, the dearest first. */
  byModel: readonly { model: string; costMicroUsd: number; steps: number }[]
}

/** What an account spent in this month and today, by the calendar of UTC, as its budgets go. */
export async function usageReport(store: Store, context: TenantContext): Promise<UsageReport> {
  const today = new Date(store.now()).toISOString().slice(0, 10)
  const month = today.slice(0, 7)
  return inTenant(store, context.tenantId, async ({ sql }) => {
    const [models, [sums]] = await Promise.all([
      sql<{ model: string; costMicroUsd: number; steps: number }[]>`
        select provider || '/' || model as model, sum(cost_micro_usd)::float8 as "costMicroUsd", count(*)::int as steps
        from loom.usage_events where created_at >= (${`${month}-01`}::date::timestamp at time zone 'utc')
        group by 1 order by 2 desc, 1`,
      sql<{ today: number; jobs: number; cap: number | null }[]>`
        select
          (select coalesce(sum(cost_micro_usd), 0)::float8 from loom.usage_events
           where created_at >= (${today}::date::timestamp at time zone 'utc')) as today,
          (select count(*)::int from loom.jobs
           where created_at >= (${`${month}-01`}::date::timestamp at time zone 'utc')) as jobs,
          coalesce((select cap_micro_usd from loom.budgets where scope = 'tenant_month' and key = ${month}),
                   (select month_cap_micro_usd from loom.tenants))::float8 as cap`,
    ])
    return {
      monthMicroUsd: models.reduce((sum, line) => sum + line.costMicroUsd, 0),
      monthCapMicroUsd: sums?.cap ?? 0,
      todayMicroUsd: sums?.today ?? 0,
      jobsThisMonth: sums?.jobs ?? 0,
      byModel: models.map((line) => ({ ...line })),
    }
  })
}
