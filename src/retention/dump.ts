import { dayMs, keepDays } from '../core/keep-days.ts'
import type { Store } from '../storage/database.ts'
import { removeOldDumps } from '../storage/dump/shelf.ts'
import { writeDump } from '../storage/dump/write.ts'

export interface DumpNightDeps {
  /** As `loom_dump`: sees all rows and opens no tenant's key. */
  store: Store
  /** Whose vault makes and destroys the dumps' own keys. */
  front: Store
}

/** The night's dump, after those whose time is over are gone, their keys first. */
export async function dumpNight({ front, store }: DumpNightDeps): Promise<{ removed: number; rows: number }> {
  const { now, objects, vault } = front
  const removed = await removeOldDumps({ objects, vault, now }, { olderThanMs: keepDays.dump * dayMs })
  const { counts } = await writeDump({ store, objects, vault })
  return { removed, rows: Object.values(counts).reduce((sum, count) => sum + count, 0) }
}
