import type { ThreadId } from '../../core/thread-id.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

export interface Schedule {
  scheduleId: string
  thread: ThreadId
  /** The person who asked for it, where there is one. */
  createdBy: string | undefined
  prompt: string
  rule: string
  timeZone: string
  capMicroUsd: number
  paused: boolean
  /** `undefined` while it is paused; in the past while it waits for its thread to be free. */
  nextAtMs: number | undefined
  lastRunAtMs: number | undefined
}

interface Row {
  id: string
  address: string
  created_by: string | null
  prompt_sealed: Uint8Array
  rule: string
  time_zone: string
  cap: string
  paused: boolean
  next_at: number | null
  last_run_at: number | null
}

/** Every recurring brief of the account, paused ones too, in the order in which they were made. */
export async function listSchedules(store: Store, context: TenantContext): Promise<Schedule[]> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  const rows = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql<Row[]>`
      select s.id, t.address, s.created_by, s.prompt_sealed, s.rule, s.time_zone, s.cap_micro_usd as cap, s.paused,
             extract(epoch from s.next_at)::float8 * 1000 as next_at,
             extract(epoch from s.last_run_at)::float8 * 1000 as last_run_at
      from loom.schedules s join loom.threads t on t.id = s.thread_id order by s.created_at, s.id`,
  )
  return rows.map((row) => ({
    scheduleId: row.id,
    thread: row.address as ThreadId,
    createdBy: row.created_by ?? undefined,
    prompt: sealer.openText(`schedules.prompt:${row.id}`, row.prompt_sealed),
    rule: row.rule,
    timeZone: row.time_zone,
    capMicroUsd: Number(row.cap),
    paused: row.paused,
    nextAtMs: row.next_at ?? undefined,
    lastRunAtMs: row.last_run_at ?? undefined,
  }))
}
