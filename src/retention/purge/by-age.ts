import type { TableKey } from '../../storage/schema/names.ts'
import { tableNames } from '../../storage/schema/names.ts'
import { tables } from '../policy/tables.ts'
import { batch, inBatches, type PurgeDeps } from './deps.ts'

/** What is only ever appended is locked by nobody, and the purge has no right to. */
const appended: readonly TableKey[] = ['auditLog', 'usageEvents']

/** The tables whose rows go one by one when their time is over, with their days. */
export function tablesByAge(): { key: TableKey; name: string; days: number }[] {
  return tableNames().flatMap(({ key, name }) => {
    const { eraser, keeps } = tables[key]
    return eraser === 'purgeByAge' && keeps.rule === 'age' ? [{ key, name, days: keeps.days }] : []
  })
}

/** Removes the rows of one table that are over their time, the oldest first, whatever account they are of. */
export async function purgeByAge(
  deps: PurgeDeps,
  table: { key: TableKey; name: string; days: number },
): Promise<number> {
  return inBatches(deps, async (rows) => {
    deps.at?.(`${table.key}:batch`)
    return batch(deps, async ({ sql }) => {
      const name = sql(table.name)
      const lock = appended.includes(table.key) ? sql`` : sql`for update skip locked`
      const gone = await sql`
        delete from loom.${name} where ctid = any(array(
          select ctid from loom.${name} where created_at <= loom.clock() - ${table.days * 24} * interval '1 hour'
          order by created_at limit ${rows} ${lock}))`
      return gone.count
    })
  })
}
