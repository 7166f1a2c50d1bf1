import type { Tx } from '../database.ts'

/**
 * All tables with tenants' rows, each behind those that its foreign keys point at: the order in which rows can be brought
 * in, and turned round the one in which they can go. Read from the catalog, so that a new table needs no line anywhere.
 */
export async function parentsFirst({ sql }: Pick<Tx, 'sql'>): Promise<string[]> {
  const tables = await sql<{ name: string }[]>`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
    where c.relnamespace = 'loom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`
  const keys = await sql<{ child: string; parent: string }[]>`
    select c.relname as child, p.relname as parent from pg_constraint k
    join pg_class c on c.oid = k.conrelid join pg_class p on p.oid = k.confrelid
    where k.contype = 'f' and k.connamespace = 'loom'::regnamespace and c.oid <> p.oid`
  const left = new Set(tables.map(({ name }) => name))
  const order: string[] = []
  while (left.size > 0) {
    const free = [...left].filter(
      (name) => !keys.some(({ child, parent }) => child === name && left.has(parent)),
    )
    if (free.length === 0) throw new Error(`foreign keys in a circle: ${[...left].join(', ')}`)
    for (const name of free) {
      order.push(name)
      left.delete(name)
    }
  }
  return order
}
