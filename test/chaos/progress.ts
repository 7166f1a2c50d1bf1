import { setTimeout as sleep } from 'node:timers/promises'
import type postgres from 'postgres'

export const sayEveryMs = 3_000

/** Says every few seconds how it stands, also while the database is away. */
export async function tell(news: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await news().catch(() => undefined)
    await sleep(sayEveryMs, undefined, { signal }).catch(() => undefined)
  }
}

/** What is known of the tasks that are still in hand, for whoever looks for the reason. */
export async function stillHeld(admin: postgres.Sql): Promise<string[]> {
  const rows = await admin<
    { id: string; kind: string; steps: number; lost: number; holder: string; lease: number }[]
  >`
    select t.id, t.kind, t.steps, r.lost, coalesce(r.holder::text, 'nobody') as holder,
           coalesce(extract(epoch from r.lease_until - now()), 0)::float8 as lease
    from loom.ready_tasks r join loom.tasks t on t.id = r.task_id`
  const sessions = await admin<
    { name: string; state: string; waits: string; seconds: number; query: string }[]
  >`
    select application_name as name, state, coalesce(wait_event, 'nothing') as waits,
           extract(epoch from now() - state_change)::float8 as seconds, left(query, 60) as query
    from pg_stat_activity
    where state <> 'idle' and pid <> pg_backend_pid() and state_change < now() - interval '5 seconds'`
  return [
    ...rows.map(
      ({ holder, id, kind, lease, lost, steps }) =>
        `the ${kind} task ${id} with ${steps} steps is held by ${holder} for ${Math.round(lease)} s more; it was lost ${lost} times`,
    ),
    ...sessions.map(
      ({ name, query, seconds, state, waits }) =>
        `a session of ${name} is ${state} since ${Math.round(seconds)} s, waits for ${waits}: ${query.replace(/\s+/g, ' ')}`,
    ),
  ]
}
