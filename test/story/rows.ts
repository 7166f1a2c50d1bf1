import type postgres from 'postgres'
import { expect } from 'vitest'

/** What the database says of all its jobs, seen from outside every policy. */
export async function rowsOf(sql: postgres.Sql) {
  const [jobs, tasks, steps, usage, artifacts, answers, deliveries, ready, due, budgets] = await Promise.all([
    sql<{ id: string; state: string }[]>`select id, state from loom.jobs order by created_at`,
    sql<{ id: string; kind: string; state: string; steps: number; reserved: number }[]>`
      select id, kind, state, steps, reserved_micro_usd::float8 as reserved from loom.tasks order by position`,
    sql<{ id: string; task_id: string; ordinal: number }[]>`select id, task_id, ordinal from loom.steps`,
    sql<{ subject_id: string; cost: number }[]>`
      select subject_id, cost_micro_usd::float8 as cost from loom.usage_events where kind = 'step'`,
    sql<{ id: string; sha256: string; bytes: number }[]>`
      select id, sha256, bytes::float8 as bytes from loom.artifacts`,
    sql<{ id: string }[]>`select id from loom.messages where author = 'loom'`,
    sql<{ kind: string; state: string }[]>`select kind, state from loom.deliveries order by kind`,
    sql`select task_id, holder from loom.ready_tasks`,
    sql`select delivery_id from loom.due_deliveries`,
    sql<{ scope: string; reserved: number; settled: number }[]>`
      select scope, reserved_micro_usd::float8 as reserved, settled_micro_usd::float8 as settled from loom.budgets`,
  ])
  return { jobs, tasks, steps, usage, artifacts, answers, deliveries, ready, due, budgets }
}

export type Rows = Awaited<ReturnType<typeof rowsOf>>

/**
 * What must be true of a database in which one brief has come to its end, however often its processes were killed:
 * one job, one answer, every step once and billed once, nothing still held, due or reserved.
 */
export function expectEndedOnce(rows: Rows, expected: { steps?: number; questions?: number } = {}): void {
  expect(rows.jobs.map((job) => job.state)).toEqual(['done'])
  expect(new Set(rows.tasks.map((task) => task.state))).toEqual(new Set(['done']))
  const places = rows.steps.map((step) => `${step.task_id} ${step.ordinal}`)
  expect(new Set(places).size).toBe(places.length)
  expect(rows.usage.map((row) => row.subject_id).sort()).toEqual(rows.steps.map((step) => step.id).sort())
  expect(rows.tasks.reduce((sum, task) => sum + task.steps, 0)).toBe(rows.steps.length)
  if (expected.steps !== undefined) expect(rows.steps).toHaveLength(expected.steps)
  expect(rows.answers).toHaveLength(1)
  const questions = Array.from({ length: expected.questions ?? 0 }, () => 'question sent')
  const sent = ['answer sent', 'card sent', ...questions]
  expect(rows.deliveries.map(({ kind, state }) => `${kind} ${state}`)).toEqual(sent)
  expect(rows.ready).toHaveLength(0)
  expect(rows.due).toHaveLength(0)
  expect(rows.tasks.filter((task) => task.reserved !== 0)).toEqual([])
  expect(rows.budgets.filter((budget) => budget.reserved !== 0)).toEqual([])
}
