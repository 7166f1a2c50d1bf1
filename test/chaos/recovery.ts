import { setTimeout as sleep } from 'node:timers/promises'
import type postgres from 'postgres'

/** How long Loom took to be back, in milliseconds each. */
export interface Recovery {
  /** From the kill of a worker until a task of it was claimed by another, for each task that it held. */
  tasksTaken: readonly number[]
  /** From the moment the database answered again until the next step was committed. */
  firstSteps: readonly number[]
}

export interface RecoveryWatch {
  workerKilled(): void
  databaseBack(): void
  /** Tasks of killed workers that nobody has taken yet. */
  open(): number
  close(): Promise<Recovery>
}

interface HeldRow {
  task_id: string
  fence: string
  holder: string
  present: boolean
}

/** An orphan appears this long after the kill at most: its connection ends with its process. */
const noticedMs = 1_500
const everyMs = 200

/**
 * Looks at who holds what, five times a second. A task whose holder's presence ended right after a kill is an orphan;
 * it is taken once its fence has grown under a holder that is there, or its row is gone.
 */
export function watchRecovery(sql: postgres.Sql): RecoveryWatch {
  const tasksTaken: number[] = []
  const firstSteps: number[] = []
  const orphans = new Map<string, { fence: string; sinceMs: number }>()
  let killedAtMs = Number.NEGATIVE_INFINITY
  let back: { atMs: number; steps: number | undefined } | undefined
  let open = true

  const lookAtTasks = (held: readonly HeldRow[], nowMs: number): void => {
    const rows = new Map(held.map((row) => [row.task_id, row]))
    for (const [taskId, orphan] of orphans) {
      const row = rows.get(taskId)
      const isTaken = !row || (row.fence !== orphan.fence && row.present)
      if (isTaken) tasksTaken.push(nowMs - orphan.sinceMs)
      // A living holder whose connection was cut at the same moment is no orphan.
      if (isTaken || row?.present) orphans.delete(taskId)
    }
    if (nowMs - killedAtMs > noticedMs) return
    for (const { fence, holder, present, task_id } of held) {
      if (holder === '' || present || orphans.has(task_id)) continue
      orphans.set(task_id, { fence, sinceMs: killedAtMs })
    }
  }

  const lookAtSteps = (steps: number, nowMs: number): void => {
    if (!back) return
    back.steps ??= steps
    if (steps <= back.steps) return
    firstSteps.push(nowMs - back.atMs)
    back = undefined
  }

  const look = async (): Promise<void> => {
    const [held, counted] = await Promise.all([
      heldTasks(sql),
      sql<{ n: number }[]>`select count(*)::int as n from loom.steps`,
    ])
    lookAtTasks(held, performance.now())
    lookAtSteps(counted[0]?.n ?? 0, performance.now())
  }

  const loop = async (): Promise<void> => {
    while (open) {
      // The database is away now and then; what was missed is seen at the next look.
      await look().catch(() => undefined)
      await sleep(everyMs)
    }
  }
  const done = loop()
  return {
    workerKilled() {
      killedAtMs = performance.now()
    },
    databaseBack() {
      back = { atMs: performance.now(), steps: undefined }
    },
    open: () => orphans.size,
    async close() {
      open = false
      await done
      return { tasksTaken, firstSteps }
    },
  }
}

/** The tasks with whether their holder's presence, an advisory lock named after it, is there (`claim.ts`). */
function heldTasks(sql: postgres.Sql): Promise<HeldRow[]> {
  return sql<HeldRow[]>`
    select r.task_id, r.fence::text as fence, coalesce(r.holder::text, '') as holder,
           r.holder is not null and exists (
             select 1 from pg_catalog.pg_locks l
             where l.locktype = 'advisory' and l.granted
               and l.classid::bigint = ('x' || substr(r.holder::text, 20, 4) || substr(r.holder::text, 25, 4))::bit(32)::bigint
               and l.objid::bigint = ('x' || substr(r.holder::text, 29, 8))::bit(32)::bigint) as present
    from loom.ready_tasks r where r.lane = 'worker'`
}
