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

/**
 * The version of this table. A change that binds (a period, purpose, category, processor, eraser) changes the fingerprint and
 * needs a new number with a day at least 14 days ahead; `docs/notices.md` has the steps. A test compares the fingerprint, and
 * a hosted Loom whose table is not the one that was announced does not start.
 */
export const version = {
  number: 1,
  effective: '2026-11-30',
  fingerprint: '409c14ec8444d6264e1379ec9450b999',
} as const
