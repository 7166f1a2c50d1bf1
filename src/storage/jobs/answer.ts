import type { Answer, ReceiptHandover, ReceiptLine } from '../../core/chat.ts'
import type { Sealer } from '../../core/ports.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'

export interface StoredFile {
  artifactId: string
  path: string
  mediaType: string
  bytes: number
  sha256: string
}

/** An artifact as the answer shows it. */
type ShownFile = StoredFile & { starred: boolean }

/** The answer of an ended job with its files and receipt. `undefined` while the job lives. */
export async function loadAnswer(
  store: Store,
  context: TenantContext,
  input: { jobId: string },
): Promise<(Omit<Answer, 'files'> & { files: ShownFile[] }) | undefined> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const [job] = await tx.sql<
      {
        state: string
        title_sealed: Uint8Array | null
        cap: number
        duration: number | null
        message_id: string | null
        body: Uint8Array | null
      }[]
    >`
      select j.state, j.title_sealed, j.cap_micro_usd::float8 as cap, m.id as message_id, m.body_sealed as body,
             extract(epoch from j.ended_at - j.created_at)::float8 * 1000 as duration
      from loom.jobs j left join loom.messages m on m.id = j.answer_message_id where j.id = ${input.jobId}`
    if (!job || job.duration === null || job.message_id === null || job.body === null) return undefined
    const [files, models, handovers, agents] = await Promise.all([
      loadArtifacts({ tx, sealer }, input.jobId),
      loadReceiptLines(tx, input.jobId),
      loadHandovers(tx, input.jobId),
      loadAgents({ tx, sealer }, input.jobId),
    ])
    return {
      jobId: input.jobId,
      title: job.title_sealed ? sealer.openText(`jobs.title:${input.jobId}`, job.title_sealed) : '',
      outcome: job.state as Answer['outcome'],
      markdown: sealer.openText(`messages.body:${job.message_id}`, job.body),
      files,
      receipt: {
        agents: agents.filter((agent) => agent.kind === 'work').length,
        steps: models.reduce((sum, line) => sum + line.steps, 0),
        durationMs: Math.round(job.duration),
        costMicroUsd: models.reduce((sum, line) => sum + line.costMicroUsd, 0),
        capMicroUsd: job.cap,
        models,
        byAgent: agents.map(({ costMicroUsd, steps, title }) => ({ title, steps, costMicroUsd })),
        handovers,
      },
    }
  })
}

interface Deps {
  tx: Tx
  sealer: Sealer
}

async function loadArtifacts({ tx, sealer }: Deps, jobId: string): Promise<ShownFile[]> {
  const rows = await tx.sql<
    {
      id: string
      path_sealed: Uint8Array
      media_type: string
      bytes: number
      sha256: string
      starred: boolean
    }[]
  >`
    select a.id, a.path_sealed, a.media_type, a.bytes::float8 as bytes, a.sha256,
           a.starred_at is not null as starred
    from loom.artifacts a left join loom.tasks t on t.id = a.task_id
    where a.job_id = ${jobId} order by t.position desc, a.created_at, a.id`
  return rows.map((row) => ({
    artifactId: row.id,
    path: sealer.openText(`artifacts.path:${jobId}`, row.path_sealed),
    mediaType: row.media_type,
    bytes: row.bytes,
    sha256: row.sha256,
    starred: row.starred,
  }))
}

async function loadReceiptLines(tx: Tx, jobId: string): Promise<ReceiptLine[]> {
  const rows = await tx.sql<ReceiptLine[]>`
    select provider, model, count(*)::int as steps,
           sum(input_tokens)::float8 as "inputTokens", sum(cache_read_tokens)::float8 as "cacheReadTokens",
           sum(cache_write_tokens)::float8 as "cacheWriteTokens", sum(output_tokens)::float8 as "outputTokens",
           sum(cost_micro_usd)::float8 as "costMicroUsd"
    from loom.usage_events where job_id = ${jobId} and kind = 'step' group by provider, model order by provider, model`
  return rows.map((row) => ({ ...row }))
}

async function loadHandovers(tx: Tx, jobId: string): Promise<ReceiptHandover[]> {
  const rows = await tx.sql<ReceiptHandover[]>`
    select handed_from as "from", provider || '/' || model as "to", handed_reason as reason, count(*)::int as steps
    from loom.usage_events where job_id = ${jobId} and kind = 'step' and handed_from is not null
    group by 1, 2, 3 order by 1, 2, 3`
  return rows.map((row) => ({ ...row }))
}

async function loadAgents({ tx, sealer }: Deps, jobId: string) {
  const rows = await tx.sql<
    { id: string; kind: string; title_sealed: Uint8Array; steps: number; cost: number }[]
  >`
    select id, kind, title_sealed, steps, cost_micro_usd::float8 as cost from loom.tasks
    where job_id = ${jobId} and steps > 0 order by position`
  return rows.map((row) => ({
    kind: row.kind,
    title: sealer.openText(`tasks.title:${row.id}`, row.title_sealed),
    steps: row.steps,
    costMicroUsd: row.cost,
  }))
}
