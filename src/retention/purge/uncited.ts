import { keepDays } from '../../core/keep-days.ts'
import type { Tx } from '../../storage/database.ts'
import { batch, batchOf, defaultRows, type PurgeDeps, untilNone } from './deps.ts'

/** What is kept of people although nothing cites it: who decides here, who asked never to be heard, who objected. */
const keptPeople = `member_id is null and ignored_at is null and feedback_off_at is null and memory_off_at is null
  and role not in ('owner', 'admin')`

/** For each table whose rows are kept while something refers to them: that nothing does. */
export type Uncited = Readonly<Record<'threads' | 'identities', string>>

/** Asked once for all accounts. By the database's own word, so that a table that comes later is not forgotten. */
export async function findUncited(deps: PurgeDeps): Promise<Uncited> {
  return batch(deps, async (tx) => ({
    threads: await uncited(tx, 'threads'),
    identities: `${await uncited(tx, 'identities')} and ${keptPeople}`,
  }))
}

async function uncited({ sql }: Tx, table: keyof Uncited): Promise<string> {
  const citers = await sql<{ name: string; column: string }[]>`
    select quote_ident(c.relname) as name, quote_ident(a.attname) as column
    from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid
    join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[2]
    where k.contype = 'f' and k.confrelid = ${`loom.${table}`}::regclass order by 1, 2`
  return citers
    .map(
      ({ column, name }) =>
        `not exists (select 1 from loom.${name} c where c.tenant_id = t.tenant_id and c.${column} = t.id)`,
    )
    .join(' and ')
}

/** Removes an account's threads and people that nothing refers to any more, and whose words a job took that left nothing. */
export async function purgeUncited(deps: PurgeDeps, tenantId: string, unless: Uncited): Promise<number> {
  const { rows = defaultRows } = deps
  return untilNone(() => {
    deps.at?.('uncited:batch')
    return batchOf(deps, tenantId, async (tx) => {
      // Sent together, done in this order: people go when no thread and no job names them any more.
      const gone = await Promise.all([
        tx.sql`
        delete from loom.job_people where ctid = any(array(
          select t.ctid from loom.job_people t
          where not exists (select 1 from loom.jobs j where j.tenant_id = t.tenant_id and j.id = t.job_id)
            and not exists (select 1 from loom.artifacts a where a.tenant_id = t.tenant_id and a.job_id = t.job_id)
          limit ${rows} for update of t skip locked))`,
        drop(tx, { table: 'threads', tenantId, unless, rows }),
        drop(tx, { table: 'identities', tenantId, unless, rows }),
      ])
      return gone.reduce((sum, { count }) => sum + count, 0)
    })
  })
}

function drop(
  { sql }: Tx,
  input: { table: keyof Uncited; tenantId: string; unless: Uncited; rows: number },
): PromiseLike<{ count: number }> {
  const { rows, table, tenantId, unless } = input
  return sql.unsafe(
    `delete from loom.${table} where ctid = any(array(
       select t.ctid from loom.${table} t
       where t.tenant_id = $1 and t.created_at <= loom.clock() - $2 * interval '1 hour' and ${unless[table]}
       limit $3 for update of t skip locked))`,
    [tenantId, keepDays.brief * 24, rows],
    // Planning it takes longer than running it, and it is run for every account.
    { prepare: true },
  )
}
