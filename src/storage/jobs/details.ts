import type { ReceiptLine } from '../../core/chat.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

export interface JobDetails {
  models: readonly ReceiptLine[]
  /** Files of the answer that are kept now. */
  files: number
  starred: number
  /** When the first of those without a star goes. */
  firstExpiresAtMs: number | undefined
}

/** What a job used so far and what is kept of it, while it runs and afterwards; `undefined` when there is none. */
export async function loadDetails(
  store: Store,
  context: TenantContext,
  input: { jobId: string },
): Promise<JobDetails | undefined> {
  const { jobId } = input
  return inTenant(store, context.tenantId, async ({ sql }) => {
    const [models, [kept]] = await Promise.all([
      sql<ReceiptLine[]>`
        select provider, model, count(*)::int as steps,
               sum(input_tokens)::float8 as "inputTokens", sum(cache_read_tokens)::float8 as "cacheReadTokens",
               sum(cache_write_tokens)::float8 as "cacheWriteTokens", sum(output_tokens)::float8 as "outputTokens",
               sum(cost_micro_usd)::float8 as "costMicroUsd"
        from loom.usage_events where job_id = ${jobId} and kind = 'step'
        group by provider, model order by "costMicroUsd" desc, provider, model`,
      sql<{ files: number; starred: number; first: number | null }[]>`
        select count(a.id)::int as files, count(a.starred_at)::int as starred,
               extract(epoch from min(a.expires_at) filter (where a.starred_at is null))::float8 * 1000 as first
        from loom.jobs j left join loom.artifacts a on a.tenant_id = j.tenant_id and a.job_id = j.id
          and (a.starred_at is not null or a.expires_at is null or a.expires_at > now())
        where j.id = ${jobId} group by j.id`,
    ])
    if (!kept) return undefined
    const { files, first, starred } = kept
    return {
      models: models.map((line) => ({ ...line })),
      files,
      starred,
      firstExpiresAtMs: first ?? undefined,
    }
  })
}
