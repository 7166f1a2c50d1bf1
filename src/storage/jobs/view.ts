import type { Card, CardRow } from '../../core/chat.ts'
import type { JobState } from '../../core/job-states.ts'
import type { Sealer } from '../../core/ports.ts'
import { type SuspendReason, type TaskKind, type TaskState, taskHasEnded } from '../../core/words.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { positions } from '../tasks/add-system.ts'
import { onCard } from '../tasks/agents.ts'

/** The job as its card shows it now, with the number of the event it includes. `undefined` when there is no such job. */
export async function viewJob(
  store: Store,
  context: TenantContext,
  input: { jobId: string },
): Promise<{ card: Card; eventSeq: number } | undefined> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const [job] = await tx.sql<JobRow[]>`
      select j.id, j.state, j.reason, j.title_sealed, j.event_seq::float8 as event_seq, j.cap_micro_usd::float8 as cap,
             j.estimate_least_micro_usd::float8 as least, j.estimate_most_micro_usd::float8 as most,
             extract(epoch from j.created_at)::float8 * 1000 as started, extract(epoch from j.ended_at)::float8 * 1000 as ended,
             newest.message_id as newest, newest.to_task_id as newest_to,
             (select count(distinct s.task_id)::int from loom.step_messages h join loom.steps s on s.id = h.step_id
              where h.message_id = newest.message_id) as heard_by
      from loom.jobs j
      left join lateral (
        select b.message_id, b.to_task_id from loom.brief_messages b where b.brief_id = j.brief_id and b.position > 0
        order by b.position desc limit 1
      ) newest on true
      where j.id = ${input.jobId}`
    if (!job) return undefined
    const rows = await loadRows({ tx, sealer }, input.jobId)
    const shown = onCard(rows)
    const to = rows.find((row) => row.key === job.newest_to)?.title
    const card: Card = {
      jobId: job.id,
      title: job.title_sealed ? sealer.openText(`jobs.title:${job.id}`, job.title_sealed) : '',
      state: job.state,
      reason: job.reason ?? undefined,
      done: shown.filter((row) => row.state === 'done').length,
      total: shown.length,
      costMicroUsd: rows.reduce((sum, row) => sum + row.costMicroUsd, 0),
      capMicroUsd: job.cap,
      estimate:
        job.least === null || job.most === null
          ? undefined
          : { leastMicroUsd: job.least, mostMicroUsd: job.most },
      startedAtMs: job.started,
      endedAtMs: job.ended ?? undefined,
      said: job.newest === null ? undefined : { heardBy: job.heard_by, to },
      rows: shown,
    }
    return { card, eventSeq: job.event_seq }
  })
}

interface JobRow {
  id: string
  state: JobState
  reason: SuspendReason | null
  title_sealed: Uint8Array | null
  event_seq: number
  cap: number
  least: number | null
  most: number | null
  started: number
  ended: number | null
  newest: string | null
  newest_to: string | null
  heard_by: number
}

async function loadRows(
  deps: { tx: Tx; sealer: Sealer },
  jobId: string,
): Promise<(CardRow & { kind: TaskKind; position: number })[]> {
  const { sql } = deps.tx
  const [tasks, needs] = await Promise.all([
    sql<
      {
        id: string
        kind: TaskKind
        position: number
        state: TaskState
        title_sealed: Uint8Array
        activity_sealed: Uint8Array | null
        result_sealed: Uint8Array | null
        steps: number
        cost: number
        quiet: number | null
      }[]
    >`
      select t.id, t.kind, t.position, t.state, t.title_sealed, t.activity_sealed, t.result_sealed,
             t.steps - t.first_step as steps, t.cost_micro_usd::float8 as cost,
             floor(extract(epoch from now() - j.created_at) / 60)::int
               - ceil(extract(epoch from heard.at - j.created_at) / 60)::int as quiet
      from loom.tasks t join loom.jobs j on j.id = t.job_id
      left join lateral (
        -- A task that rested is heard of again when it is ready to go on.
        select greatest(
          t.started_at,
          (select r.ready_at from loom.ready_tasks r where r.task_id = t.id and r.tenant_id = t.tenant_id),
          (select s.created_at from loom.steps s where s.task_id = t.id order by s.ordinal desc limit 1)
        ) as at where t.state in ('ready', 'running')
      ) heard on true
      where t.job_id = ${jobId} order by t.position`,
    sql<{ task_id: string; needs_id: string }[]>`
      select n.task_id, n.needs_id from loom.task_needs n join loom.tasks t on t.id = n.task_id where t.job_id = ${jobId}`,
  ])
  const titles = new Map(
    tasks.map((row) => [row.id, deps.sealer.openText(`tasks.title:${row.id}`, row.title_sealed)]),
  )
  const open = new Set(tasks.filter((row) => !taskHasEnded(row.state)).map((row) => row.id))
  return tasks.map((row) => ({
    key: row.id,
    kind: row.kind,
    position: row.position,
    title: titles.get(row.id) ?? '',
    state: row.state,
    activity: activityOf(deps.sealer, row),
    step: row.steps,
    costMicroUsd: row.cost,
    waitsFor: needs
      .filter((need) => need.task_id === row.id && open.has(need.needs_id))
      .map((need) => titles.get(need.needs_id) ?? ''),
    ...(row.quiet !== null && row.quiet > 0 ? { quietMinutes: row.quiet } : {}),
  }))
}

/** While a task runs: what it does. Once it failed: why. Once it is done: what it found, in its first line. */
function activityOf(
  sealer: Sealer,
  row: {
    id: string
    kind: TaskKind
    position: number
    state: TaskState
    activity_sealed: Uint8Array | null
    result_sealed: Uint8Array | null
  },
): string {
  const result = row.result_sealed ? sealer.openText(`tasks.result:${row.id}`, row.result_sealed) : ''
  if (row.state === 'failed') return firstLine(result)
  if (row.state === 'done')
    return row.position > positions.plan && row.kind !== 'synthesize' ? firstLine(result) : ''
  return row.activity_sealed ? sealer.openText(`tasks.activity:${row.id}`, row.activity_sealed) : ''
}

function firstLine(text: string): string {
  const line = text.split('\n').find((candidate) => candidate.trim() !== '') ?? ''
  const plain = line
    .replace(/^#+\s*/, '')
    .replace(/\\([\\`*_{}[\]()#+.!|<>~-])|\*\*|`/g, '$1')
    .trim()
  const characters = [...plain]
  return characters.length > 120 ? `${characters.slice(0, 119).join('')}…` : plain
}
