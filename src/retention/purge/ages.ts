import { tableNames } from '../../storage/schema/names.ts'
import { daysOf, purgedWithinHours } from '../policy/rows.ts'
import { tables } from '../policy/tables.ts'
import { batch, type PurgeDeps } from './deps.ts'

/** How old the oldest row of a class is that is over its time and still there. */
export interface ClassAge {
  /** The table's name in the code. */
  table: string
  days: number
  /** In hours from its creation; `undefined` where none is over its time. */
  oldestHours: number | undefined
  /** Whether a night went by without the purge getting to it. */
  late: boolean
}

/** Looks what the purge left, class by class, and raises an alarm for what it should not have left. */
export async function measureAges(deps: PurgeDeps): Promise<ClassAge[]> {
  const ages: ClassAge[] = []
  for (const { key, name, schema } of tableNames()) {
    const row = tables[key]
    const days = daysOf(row)
    if (schema !== 'loom' || days === undefined || !['age', 'with', 'star'].includes(row.keeps.rule)) continue
    // A file says itself when its time is over: it is as old as if it had been made so many days before.
    const made = key === 'artifacts' ? `expires_at - interval '${days * 24} hours'` : 'created_at'
    const [found] = await batch(
      deps,
      ({ sql }) => sql<{ hours: number | null }[]>`
        select extract(epoch from loom.clock() - min(${sql.unsafe(made)}))::float8 / 3600 as hours
        from loom.${sql(name)} where ${sql.unsafe(made)} <= loom.clock() - ${days * 24} * interval '1 hour'`,
    )
    const oldestHours = found?.hours ?? undefined
    const late = oldestHours !== undefined && oldestHours > days * 24 + purgedWithinHours
    if (late) {
      deps.store.log.error({ table: key, days, oldestHours }, 'rows are kept longer than the policy says')
    }
    ages.push({ table: key, days, oldestHours, late })
  }
  return ages
}
