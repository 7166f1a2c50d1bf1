import { connectDatabase, type Store } from '../storage/database.ts'
import { readDump } from '../storage/dump/read.ts'
import { rebuildCrossing } from '../storage/dump/rebuild.ts'
import { followLedger } from '../storage/ledger/follow.ts'

export interface Restored {
  counts: Record<string, number>
  createdAt: string
  /** How many entries of the ledger came after the dump. */
  followed: number
}

/**
 * Brings a dump into an empty database that a login names which may migrate it, makes again what dumps leave out, and
 * follows the ledger, so that nothing is there that was deleted since. Throws as `readDump` and `followLedger` do.
 */
export async function restoreInto(here: Store, input: { name: string; url: string }): Promise<Restored> {
  const { url } = input
  const restored = await readDump(here, input)
  const pools = (['loom_app', 'loom_dump'] as const).map((role) =>
    connectDatabase({ url, role, max: 4, name: `loom-restore-${role}` }),
  )
  const [app, dump] = pools
  try {
    if (!app || !dump) return { ...restored, followed: 0 }
    const store = { ...here, sql: app }
    await rebuildCrossing(store, { sql: dump })
    return { ...restored, followed: await followLedger(store) }
  } finally {
    await Promise.all(pools.map((sql) => sql.end({ timeout: 5 })))
  }
}
