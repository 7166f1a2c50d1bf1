import { columns } from '../../../src/retention/policy/columns.ts'
import { tableNames } from '../../../src/storage/schema/names.ts'
import { tooLong } from './check.ts'
import { type Past, spanOf } from './expected.ts'
import { keysOf, lookAtDatabase, type Opened, type Sighting } from './look.ts'
import type { Host, Stage } from './people.ts'

const dayMs = 86_400_000

/**
 * Before the night: what is over its time is hidden from the application, though it is still there. Asked of the accounts
 * of which something came to its end since the last night, and of another one each day.
 */
export async function lookAsApp(
  { recorder, world }: Stage,
  hosts: readonly Host[],
  opened: Opened,
): Promise<{ found: Sighting[]; faults: string[] }> {
  const nowMs = world.clock.now()
  const found: Sighting[] = []
  const store = world.store()
  const keys = keysOf(store.vault)
  const due = endedSince(recorder.past, { fromMs: nowMs - dayMs, toMs: nowMs })
  for (const [at, { tenant }] of hosts.entries()) {
    const { tenantId } = tenant
    if (!due.has(tenantId) && at !== Math.floor(nowMs / dayMs) % hosts.length) continue
    await store.sql.begin(async (sql) => {
      await sql`select loom.enter(${tenantId}::uuid)`
      found.push(...(await lookAtDatabase(sql as never, { keys, opened, tables: contentTables() })))
    })
  }
  return { found, faults: tooLong(recorder, found, { nightMs: nowMs, nowMs }, 'shown') }
}

function endedSince(past: Past, { fromMs, toMs }: { fromMs: number; toMs: number }): ReadonlySet<string> {
  const ended = [...past.holdings.values()].flat().filter((holding) => {
    const { goneFromMs } = spanOf(past, holding, 'shown')
    return goneFromMs > fromMs && goneFromMs <= toMs
  })
  return new Set(ended.map(({ tenantId }) => tenantId))
}

function contentTables(): string[] {
  return tableNames().flatMap(({ key, name }) => ('content' in columns[key] ? [name] : []))
}
