import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import type { Sql } from '../database.ts'
import { movedChannel } from '../jobs/moved.ts'
import { openPostgres } from '../open-postgres.ts'

/**
 * Runs in a thread of its own, on a connection of its own, so that neither a busy agent nor a full pool delays a
 * renewal. The connection holds an advisory lock named after the holder: when the process dies, the lock goes with
 * it, and others need not wait for the lease to run out.
 */

export interface KeeperData {
  url: string
  role: string
  holder: string
  leaseMs: number
  everyMs: number
  /** How long the main thread may be silent before its leases are let go. */
  patienceMs: number
}

export type KeeperMessage =
  | { held: [taskId: string, fence: number][]; askedAtMs: number }
  | { failed: true }
  /** Tasks of this job were taken from whoever holds them. */
  | { movedJobId: string }

async function keep(data: KeeperData, port: NonNullable<typeof parentPort>): Promise<void> {
  const presence = BigInt.asIntN(64, BigInt(`0x${data.holder.replaceAll('-', '').slice(16)}`))
  const sql = openPostgres(data.url, {
    max: 1,
    name: 'loom-keeper',
    role: data.role,
    // Far less than a lease: on a connection that says nothing any more the next one must be in time.
    silenceMs: 5_000,
    onNotify: (_channel, jobId) => port.postMessage({ movedJobId: jobId } satisfies KeeperMessage),
  })
  let heardAt = performance.now()
  let open = true
  let asked = false
  let wake: () => void = () => undefined
  port.on('message', (message: 'beat' | 'check' | 'close') => {
    heardAt = performance.now()
    if (message === 'check') {
      asked = true
      wake()
    }
    if (message === 'close') {
      open = false
      wake()
      // A renewal that hangs on a lost connection is not waited for.
      void sql.end({ timeout: 2 })
    }
  })
  while (open) {
    asked = false
    if (performance.now() - heardAt < data.patienceMs) {
      try {
        const askedAtMs = Date.now()
        port.postMessage({ held: await renew(sql, data, presence), askedAtMs } satisfies KeeperMessage)
      } catch {
        port.postMessage({ failed: true } satisfies KeeperMessage)
      }
    }
    await new Promise<void>((resolve) => {
      wake = resolve
      if (asked || !open) resolve()
      else setTimeout(resolve, data.everyMs).unref()
    })
  }
  await sql.end({ timeout: 2 })
  port.close()
}

async function renew(sql: Sql, data: KeeperData, presence: bigint): Promise<[string, number][]> {
  // Both again at every turn: what the session has already is left alone, what was lost with it comes back. Listened
  // to first, so that what moves while the leases are read is heard or seen. The rows are locked in the order in which a
  // commit of several locks them.
  const listening = sql`listen ${sql(movedChannel)}`
  const present = sql`
    select pg_try_advisory_lock(${String(presence)}::bigint)
    where not exists (select 1 from pg_locks where locktype = 'advisory' and pid = pg_backend_pid())`
  const renewed = sql<{ task_id: string; fence: string }[]>`
    update loom.ready_tasks set lease_until = now() + ${data.leaseMs} * interval '1 millisecond'
    where task_id = any(array(
      select task_id from loom.ready_tasks where holder = ${data.holder} order by task_id for update))
    returning task_id, fence`
  const [, , rows] = await Promise.all([listening, present, renewed])
  return rows.map((row) => [row.task_id, Number(row.fence)])
}

if (!isMainThread && parentPort) void keep(workerData as KeeperData, parentPort)
