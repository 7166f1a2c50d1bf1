import { keepDays } from '../../core/keep-days.ts'
import type { Tx } from '../../storage/database.ts'
import { batchOf, defaultRows, type PurgeDeps, untilNone } from './deps.ts'

/** What is kept of people although nothing cites it: who decides here, who asked never to be heard, who objected. */
const keptPeople = `member_id is null and ignored_at is null and feedback_off_at is null and memory_off_at is null
  and role not in ('owner', 'admin')`

/** Removes an account's threads and people that nothing refers to any more. */
export async function purgeUncited(deps: PurgeDeps, tenantId: string): Promise<number> {
  const threads = await drop(deps, tenantId, { table: 'threads', and: 'true' })
  return threads + (await drop(deps, tenantId, { table: 'identities', and: keptPeople }))
}

async function drop(
  deps: PurgeDeps,
  tenantId: string,
  { and, table }: { table: 'threads' | 'identities'; and: string },
): Promise<number> {
  const { rows = defaultRows } = deps
  deps.at?.(`${table}:batch`)
  return untilNone(() =>
    batchOf(deps, tenantId, async (tx) => {
      const uncited = (await citersOf(tx, table)).map(
        ({ column, name }) =>
          `not exists (select 1 from loom.${name} c where c.tenant_id = t.tenant_id and c.${column} = t.id)`,
      )
      const gone = await tx.sql.unsafe(
        `delete from loom.${table} where ctid = any(array(
           select t.ctid from loom.${table} t
           where t.tenant_id = $1 and t.created_at <= loom.clock() - $2 * interval '1 hour' and ${and}
             and ${uncited.join(' and ')}
           limit $3 for update of t skip locked))`,
        [tenantId, keepDays.brief * 24, rows],
      )
      return gone.count
    }),
  )
}

/** Every column that refers to the table, by the database's own word: a table that comes later is not forgotten. */
async function citersOf({ sql }: Tx, table: string): Promise<{ name: string; column: string }[]> {
  return sql<{ name: string; column: string }[]>`
    select quote_ident(c.relname) as name, quote_ident(a.attname) as column
    from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid
    join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[2]
    where k.contype = 'f' and k.confrelid = ${`loom.${table}`}::regclass order by 1, 2`
}
