import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import type { TestServer } from './global-setup.ts'

/** Databases of this process that are empty again, by server. Each is there once the work of emptying it has ended. */
const empty = new Map<string, Promise<string | undefined>[]>()

/** A database as the template is, which nobody else has. */
export async function takeDatabase(server: TestServer): Promise<string> {
  for (let next = empty.get(server.name)?.shift(); next; next = empty.get(server.name)?.shift()) {
    const name = await next
    if (name) return name
  }
  const name = newName(server)
  await adminOf(server).unsafe(`create database ${name} template ${server.template}`)
  return name
}

/**
 * Takes a database back, and ends `sql`, a connection to it. To empty it costs a fourth of another copy; one whose schema
 * was changed, and one that has grown, goes instead. Nobody waits for it: what is left when the process ends goes with the run.
 */
export function giveBack(server: TestServer, name: string, sql: postgres.Sql): void {
  const emptied = emptyDatabase(server, name, sql).catch(() => undefined)
  empty.set(server.name, [...(empty.get(server.name) ?? []), emptied])
}

async function emptyDatabase(
  server: TestServer,
  name: string,
  sql: postgres.Sql,
): Promise<string | undefined> {
  const isEmpty = await sql
    .begin(async (tx) => {
      await tx`
        select pg_terminate_backend(pid, 5000) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`
      if ((await lookOf(tx)) !== server.look) return false
      await tx.unsafe(emptying)
      return true
    })
    .catch(() => false)
  await sql.end({ timeout: 5 })
  // Under another name, so that whoever was forgotten with the old one finds nothing, as after a drop.
  const another = newName(server)
  await adminOf(server).unsafe(
    isEmpty ? `alter database ${name} rename to ${another}` : `drop database if exists ${name} with (force)`,
  )
  return isEmpty ? another : undefined
}

const ours = `nspname not in ('pg_catalog', 'information_schema') and nspname !~ '^pg_(toast|temp)'`

/** What only the migrations write, and no test but theirs. */
const kept = ['loom_migrations.applied', 'bullmq.migration']

/** Takes the rows out of a database and leaves who is connected. By a superuser, since it passes by triggers and keys. */
export const emptying = `
  set local session_replication_role = replica;
  do $$
    declare each record;
    begin
      for each in
        select c.oid::regclass as name, c.relkind from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where ${ours} and c.oid <> all ('{${kept.join(',')}}'::regclass[])
      loop
        if each.relkind = 'S' and each.name <> 'loom_migrations.applied_id_seq'::regclass then
          perform setval(each.name, 1, false);
        elsif each.relkind = 'r' and pg_relation_size(each.name) > 0 then
          execute format('delete from %s', each.name);
        end if;
      end loop;
    end
  $$`

const catalogs = [
  'pg_attrdef',
  'pg_attribute',
  'pg_constraint',
  'pg_default_acl',
  'pg_extension',
  'pg_index',
  'pg_policy',
  'pg_rewrite',
  'pg_trigger',
  'pg_type',
  'loom_migrations.applied',
  // The queue defines its own again at every start.
  `pg_proc where pronamespace <> 'bullmq'::regnamespace`,
  `pg_namespace where nspname <> 'bullmq' and nspname !~ '^pg_(toast_)?temp'`,
]

/**
 * A line that another definition, grant, setting, statistic or size changes. Rows of the catalog keep the transaction
 * that wrote them when a database is copied.
 */
export async function lookOf(sql: postgres.ISql): Promise<string> {
  const counts = catalogs.map((name) => `(select count(*) || ' ' || max(xmin::text::bigint) from ${name})`)
  const [row] = await sql.unsafe(`
    select concat_ws(', ', ${counts.join(', ')},
      (select concat_ws(' ', count(*), max(c.xmin::text::bigint), sum(reltuples),
          sum(pg_relation_size(c.oid)) filter (where relkind = 'r') > 4000000)
        from pg_class c join pg_namespace n on n.oid = relnamespace where ${ours} and nspname <> 'bullmq'),
      (select concat_ws(' ', datdba, datallowconn, datconnlimit) from pg_database where datname = current_database()),
      (select count(*) from pg_db_role_setting s join pg_database d on d.oid = setdatabase where datname = current_database())
    ) as look`)
  return String(row?.look)
}

const newName = (server: TestServer) => `${server.prefix}_${randomBytes(5).toString('hex')}`

/** A connection for what is done to databases, which closes by itself. */
function adminOf(server: TestServer): postgres.Sql {
  const known = admins.get(server.name)
  if (known) return known
  const sql = postgres(server.adminUrl, { max: 1, idle_timeout: 2, onnotice: () => undefined })
  admins.set(server.name, sql)
  return sql
}

const admins = new Map<string, postgres.Sql>()
