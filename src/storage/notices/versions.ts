import type { KnownVersion, NoticeState } from '../../core/notices.ts'
import { acrossTenants, type Sql, type Store } from '../database.ts'
import { databaseError } from '../database-error.ts'
import { openPostgres } from '../open-postgres.ts'

/** What a database knows of the policy's versions, and whether anybody has an account there. */
export interface KnownVersions {
  versions: readonly KnownVersion[]
  accounts: boolean
}

interface Row extends Omit<KnownVersion, 'announcedAtMs' | 'listedAtMs' | 'toldAtMs' | 'inForceAtMs'> {
  announced: number | null
  listed: number | null
  told: number | null
  in_force: number | null
}

/** All versions, the oldest first. */
export async function loadVersions(store: Pick<Store, 'sql'>): Promise<KnownVersion[]> {
  const rows = await acrossTenants(store as Store, ({ sql }) => select(sql))
  return rows.map(read)
}

/**
 * The same by a login that migrates, of whatever schema: none where the table is not there yet, or where this login could
 * not migrate either. For the question whether the database may be brought to this code's schema at all.
 */
export async function lookAtVersions(url: string): Promise<KnownVersions> {
  const sql = openPostgres(url, { max: 1, name: 'loom-versions' })
  try {
    const [found] = await sql<{ readable: boolean; owned: boolean }[]>`
      select has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
               and has_table_privilege(d.oid, 'select') as readable,
             pg_has_role('loom_owner', 'member') as owned
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace,
           pg_catalog.pg_class d join pg_catalog.pg_namespace e on e.oid = d.relnamespace
      where n.nspname = 'loom_shared' and c.relname = 'policy_versions' and e.nspname = 'loom' and d.relname = 'directory'`
    if (!found || !(found.readable || found.owned)) return { versions: [], accounts: false }
    if (!found.readable) await sql`set role loom_owner`
    const rows = await select(sql)
    const [any] = await sql<{ some: boolean }[]>`select exists (select from loom.directory) as some`
    return { versions: rows.map(read), accounts: any?.some === true }
  } catch (thrown) {
    throw databaseError(thrown)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Whether anybody has an account here. For roles that see the directory. */
export async function hasAccounts(store: Store): Promise<boolean> {
  const [row] = await acrossTenants(
    store,
    ({ sql }) => sql<{ some: boolean }[]>`select exists (select from loom.directory) as some`,
  )
  return row?.some === true
}

function select(sql: Pick<Sql, 'unsafe'>) {
  const ms = (column: string) => `extract(epoch from ${column})::float8 * 1000`
  return sql.unsafe<Row[]>(`
    select number, effective, fingerprint, changes, ${ms('announced_at')} as announced, ${ms('listed_at')} as listed,
           ${ms('told_at')} as told, ${ms('in_force_at')} as in_force
    from loom_shared.policy_versions order by number`)
}

function read({ announced, in_force: inForce, listed, told, ...rest }: Row): KnownVersion {
  return {
    ...rest,
    announcedAtMs: announced ?? undefined,
    listedAtMs: listed ?? undefined,
    toldAtMs: told ?? undefined,
    inForceAtMs: inForce ?? undefined,
  }
}

type Announcing = Pick<KnownVersion, 'number' | 'effective' | 'fingerprint' | 'changes'>

/** A version is to be announced from now on. Answers `false` where it is known already; then nothing changes. */
export async function announceVersion(store: Store, input: Announcing): Promise<boolean> {
  const { changes, effective, fingerprint, number } = input
  const rows = await acrossTenants(
    store,
    ({ sql }) => sql`
      insert into loom_shared.policy_versions (number, effective, fingerprint, changes, announced_at)
      values (${number}, ${effective}, ${fingerprint}, ${JSON.stringify(changes)}::text::jsonb, ${nowOf(store)}::timestamptz)
      on conflict do nothing returning number`,
  )
  return rows.length > 0
}

/** This code's version holds from now on, with this table. Idempotent. */
export async function beginVersion(
  store: Store,
  input: Pick<KnownVersion, 'number' | 'effective' | 'fingerprint'>,
): Promise<void> {
  const { effective, fingerprint, number } = input
  const now = nowOf(store)
  await acrossTenants(
    store,
    ({ sql }) => sql`
      insert into loom_shared.policy_versions as v (number, effective, fingerprint, in_force_at)
      values (${number}, ${effective}, ${fingerprint}, ${now}::timestamptz)
      on conflict (number) do update
      set effective = excluded.effective, fingerprint = excluded.fingerprint,
          in_force_at = coalesce(v.in_force_at, excluded.in_force_at)`,
  )
}

/** Everybody who has an account is on the list of whom to tell. Idempotent. */
export async function markListed(store: Store, { number }: { number: number }): Promise<void> {
  await acrossTenants(
    store,
    ({ sql }) => sql`
      update loom_shared.policy_versions set listed_at = coalesce(listed_at, ${nowOf(store)}::timestamptz)
      where number = ${number}`,
  )
}

/**
 * Nobody is left to be told: the clock of the notice period starts with the last notice that was taken, or now where none
 * was to be sent. Idempotent.
 */
export async function markTold(
  store: Store,
  input: { number: number; lastSentAtMs: number | undefined; counts: Record<NoticeState, number> },
): Promise<void> {
  const { counts, lastSentAtMs, number } = input
  const at = new Date(lastSentAtMs ?? store.now()).toISOString()
  await acrossTenants(
    store,
    ({ sql }) => sql`
      update loom_shared.policy_versions set told_at = ${at}::timestamptz, counts = ${JSON.stringify(counts)}::text::jsonb
      where number = ${number} and told_at is null and listed_at is not null
        and not exists (select from loom.timers where kind = 'notice')`,
  )
}

function nowOf(store: Store): string {
  return new Date(store.now()).toISOString()
}
