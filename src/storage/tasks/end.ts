import type { ErrorKind } from '../../core/errors.ts'
import type { Sealer } from '../../core/ports.ts'
import type { FailurePolicy, TaskKind } from '../../core/words.ts'
import { passOn } from '../briefs/pass-on.ts'
import type { Tx } from '../database.ts'
import { appendEvents } from '../events.ts'
import { freeWaiting } from './free.ts'
import { findHopeless } from './hopeless.ts'

export interface TaskEnd {
  taskId: string
  jobId: string
  state: 'done' | 'failed' | 'cancelled'
  /** The hand-over to the tasks that need this one; for a failed task the sentence that says why. */
  result: string
  errorKind: ErrorKind | undefined
}

/** A failure that ends the whole job, because its plan says so or because nothing is left to answer with. */
export interface FatalEnd {
  jobId: string
  message: string
  error: ErrorKind
}

interface Deps {
  tx: Tx
  sealer: Sealer
}

/**
 * Ends tasks and makes ready what waited only for them. A need that failed counts as ended: the task that waited goes
 * on without it and is told, unless too few of its needs can still end well: then it fails too, and so on. Answers how
 * many tasks became ready, and what ends whole jobs.
 */
export async function endTasks(
  deps: Deps,
  input: { tenantId: string; ends: readonly TaskEnd[] },
): Promise<{ ready: number; fatal: FatalEnd[] }> {
  const { ends, tenantId } = input
  if (ends.length === 0) return { ready: 0, fatal: [] }
  const round = await endOnce(deps, { tenantId, ends })
  const below = await failHopeless(deps, { tenantId, taskIds: round.bounded })
  return { ready: round.ready + below.ready, fatal: [...round.fatal, ...below.fatal] }
}

/**
 * Fails those of the tasks for which too few needs can still end well, and what hangs on them by the same rule: each
 * round ends at least one task more, and a plan has a hundred at most.
 */
export async function failHopeless(
  deps: Deps,
  input: { tenantId: string; taskIds: readonly string[] },
): Promise<{ ready: number; fatal: FatalEnd[] }> {
  const { tenantId } = input
  const hopeless = await findHopeless(deps, { taskIds: input.taskIds })
  const ends = hopeless.map(({ jobId, taskId, words }): TaskEnd => {
    return { taskId, jobId, state: 'failed', errorKind: 'cancelled', result: words }
  })
  const events = hopeless.map(({ jobId, taskId, words: message }) => {
    return { jobId, taskId, event: { kind: 'task_failed', error: 'cancelled', message } as const }
  })
  await appendEvents(deps, { tenantId, events })
  return endTasks(deps, { tenantId, ends })
}

/**
 * Ends tasks and makes ready what waited only for them, for a transaction that travels in one round trip: fails it
 * (`loom.expect`) when more may follow from these ends, because a task above is bounded by `enough` or the job has one
 * that rests. Answers how many tasks became ready.
 */
export async function endExpected(
  deps: Deps,
  input: { tenantId: string; ends: readonly TaskEnd[] },
): Promise<number> {
  if (input.ends.length === 0) return 0
  const ids = input.ends.map((end) => end.taskId)
  const nothingElse = deps.tx.sql`
    select loom.expect(not exists (
      select 1 from loom.task_needs n join loom.tasks t on t.tenant_id = n.tenant_id and t.id = n.task_id
      where n.needs_id = any(${ids}::uuid[]) and t.enough is not null
    ) and not exists (
      select 1 from loom.tasks t
      where t.job_id = any(${[...new Set(input.ends.map((end) => end.jobId))]}::uuid[]) and t.state = 'suspended'
    ))`
  const [[, , , freed]] = await Promise.all([endTogether(deps, input), nothingElse])
  return freed.filter((task) => task.isReady).length
}

/** The statements of an end, sent in this order in one go. */
function endTogether(deps: Deps, { ends, tenantId }: { tenantId: string; ends: readonly TaskEnd[] }) {
  const { sql } = deps.tx
  const ids = ends.map((end) => end.taskId)
  const results = ends.map((end) => deps.sealer.seal(`tasks.result:${end.taskId}`, end.result))
  const ended = sql<{ id: string; if_fails: FailurePolicy; kind: TaskKind; title_sealed: Uint8Array }[]>`
    update loom.tasks t
    set state = e.state, result_sealed = e.result, error_kind = e.error_kind, ended_at = now()
    from unnest(${ids}::uuid[], ${ends.map((end) => end.state)}::text[], ${sql.array(results, 1001)}::bytea[],
                ${ends.map((end) => end.errorKind ?? null)}::text[]) as e (task_id, state, result, error_kind)
    where t.id = e.task_id
    returning t.id, t.if_fails, t.kind, t.title_sealed`
  const given = sql`
    delete from loom.ready_tasks where task_id = any(${ids}::uuid[]) and tenant_id = ${tenantId}`
  const [locked, freeing] = freeWaiting(deps.tx, { tenantId, ids })
  return Promise.all([ended, given, locked, freeing, passOn(deps.tx, { taskIds: ids })])
}

async function endOnce(
  deps: Deps,
  input: { tenantId: string; ends: readonly TaskEnd[] },
): Promise<{ ready: number; fatal: FatalEnd[]; bounded: string[] }> {
  const { ends } = input
  const [rows, , , freed] = await endTogether(deps, input)
  const byId = new Map(rows.map((row) => [row.id, row]))
  return {
    ready: freed.filter((task) => task.isReady).length,
    bounded: freed.filter((task) => task.isBounded && !task.isReady).map((task) => task.id),
    fatal: ends.flatMap((end) => {
      const row = byId.get(end.taskId)
      if (end.state !== 'failed' || !row) return []
      const error = end.errorKind ?? 'internal'
      if (row.kind === 'synthesize') return [{ jobId: end.jobId, error, message: end.result }]
      if (row.if_fails !== 'stop') return []
      const title = deps.sealer.openText(`tasks.title:${row.id}`, row.title_sealed)
      return [{ jobId: end.jobId, error, message: stopWords(title, end.result) }]
    }),
  }
}

function stopWords(title: string, why: string): string {
  return `“${title}” failed, and the plan stops without it: ${why} What the other agents finished is kept.`
}
