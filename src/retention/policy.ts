import { columns } from './policy/columns.ts'
import { places } from './policy/places.ts'
import { processorRows } from './policy/processors.ts'
import { tables } from './policy/tables.ts'

/**
 * The one table of what Loom keeps, what for, for how long and what removes it. Purge, storage lifecycle, privacy page,
 * data map and `policy check` are derived from it. A table, column, prefix or processor that it does not name does not
 * compile or fails the catalog test.
 */
export const policy = { tables, columns, places, processors: processorRows } as const

/** The published version. A material change needs a new one, whose date lies 14 days after the notices. */
export const version = { number: 1, effective: '2026-11-30' } as const
