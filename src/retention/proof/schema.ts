import { acrossTenants, type Store } from '../../storage/database.ts'
import { tableNames } from '../../storage/schema/names.ts'
import { columns, plainEverywhere } from '../policy/columns.ts'
import { daysOf } from '../policy/rows.ts'
import { tables } from '../policy/tables.ts'
import type { ProofFinding } from './finding.ts'

/** Looks whether the database has a table or column that the policy does not name. */
export async function proveSchema(store: Store): Promise<ProofFinding[]> {
  const there = await acrossTenants(
    store,
    ({ sql }) => sql<{ at: string; table: string; column: string }[]>`
      select n.nspname as at, c.relname as table, a.attname as column
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where n.nspname in ('loom', 'loom_shared') and c.relkind in ('r', 'p', 'f', 'm') order by 1, 2, a.attnum`,
  )
  const named = new Set(
    tableNames().flatMap((table) =>
      Object.entries(table.columns)
        .filter(([key]) => isNamed(table.key, key))
        .map(([, column]) => `${table.schema}.${table.name}.${column}`),
    ),
  )
  const strange = there.filter(({ at, column, table }) => !named.has(`${at}.${table}.${column}`))
  return [
    {
      part: 'schema',
      name: 'tables and columns',
      limit: 'every one is named',
      found:
        strange.length === 0
          ? `${there.length} columns, all named`
          : `not named: ${strange.map(({ column, table }) => `${table}.${column}`).join(', ')}`,
      breach: strange.length > 0,
    },
  ]
}

function isNamed(table: keyof typeof columns, column: string): boolean {
  const classes: Partial<Record<string, readonly string[]>> = columns[table]
  return (
    (plainEverywhere as readonly string[]).includes(column) ||
    Object.values(classes).some((names) => names?.includes(column))
  )
}

interface Policy {
  table: string
  name: string
  permissive: string
  cmd: string
  roles: string
  qual: string
}

/** Looks whether what is over its time is hidden by the database itself, for as long as the table says. */
export async function provePolicies(store: Store): Promise<ProofFinding[]> {
  const there = await acrossTenants(
    store,
    ({ sql }) => sql<Policy[]>`
      select tablename as table, policyname as name, permissive, cmd, roles::text as roles, qual
      from pg_catalog.pg_policies where schemaname = 'loom' and policyname in ('kept', 'expired')`,
  )
  return tableNames().flatMap(({ key, name, schema }): ProofFinding[] => {
    const row = tables[key]
    const days = daysOf(row)
    if (schema !== 'loom' || days === undefined || !['age', 'with', 'star'].includes(row.keeps.rule))
      return []
    const own = there.filter(({ table }) => table === name)
    const faults = faultsOf(own, row.keeps.rule === 'star' ? undefined : days)
    return [
      {
        part: 'policies',
        name: key,
        limit: `hidden from readers after ${days} d`,
        found: faults.length === 0 ? 'hidden by the database' : faults.join(', '),
        breach: faults.length > 0,
      },
    ]
  })
}

/** `days` is missing for files, which have their own moment. */
function faultsOf(own: readonly Policy[], days: number | undefined): string[] {
  const after = days === undefined ? 'expires_at' : `'${days * 24}:00:00'::interval`
  const [kept, expired] = ['kept', 'expired'].map((name) => own.find((policy) => policy.name === name))
  return [
    ...(kept?.permissive === 'RESTRICTIVE' && kept.cmd === 'SELECT' && kept.roles === '{loom_app,loom_worker}'
      ? []
      : ['readers are not held back']),
    ...(expired?.permissive === 'PERMISSIVE' && expired.roles === '{loom_purge}'
      ? []
      : ['the purge is blind']),
    ...([kept, expired].every((policy) => policy?.qual.includes(after)) ? [] : ['another period']),
  ]
}
