import { LoomError, toLoomError } from '../core/errors.ts'
import type { DatabaseRole, Sql } from './database.ts'
import { databaseError } from './database-error.ts'
import { schemaFault, schemaState } from './migrate.ts'
import { openPostgres } from './open-postgres.ts'

export interface LoginCheck {
  ok: string[]
  /** What keeps Loom from working, with what to do. */
  faults: string[]
  /** What works and weakens the walls: the caller decides what it is. */
  notes: string[]
  /** How far the server's clock is ahead of ours; undefined when nobody could ask. */
  clockOffMs: number | undefined
}

const boundMs = 15_000
const oldestVersion = 150_000

interface Facts {
  login: string
  version: string
  version_number: number
  tls: string | null
  superuser: boolean
  bypasses: boolean
  memberships: string[]
}

/**
 * Looks at the login of one setting for the doctor: reaches the database, may act as its role, may no more than that,
 * finds the schema; with `migrates` a start of this process would bring it up to date. Ends within about fifteen seconds. Never throws.
 */
export async function checkLogin(
  url: string,
  input: { role: DatabaseRole; setting: string; migrates?: boolean },
): Promise<LoginCheck> {
  const found: LoginCheck = { ok: [], faults: [], notes: [], clockOffMs: undefined }
  let sql: Sql | undefined
  const bound = Promise.withResolvers<never>()
  const timer = setTimeout(() => bound.reject(tooLate()), boundMs)
  try {
    sql = openPostgres(url, { max: 1, name: 'loom-doctor', silenceMs: 10_000, setting: input.setting })
    await Promise.race([look(sql, input, found), bound.promise])
  } catch (thrown) {
    const { message } = toLoomError(databaseError(thrown))
    found.faults.push(message.replaceAll(/\bDATABASE_URL\b/g, input.setting))
  } finally {
    clearTimeout(timer)
    await sql?.end({ timeout: 1 }).catch(() => undefined)
  }
  return found
}

async function look(
  sql: Sql,
  input: { role: DatabaseRole; setting: string; migrates?: boolean },
  found: LoginCheck,
): Promise<void> {
  const { migrates = false, role, setting } = input
  const facts = await factsOf(sql)
  found.clockOffMs = await clockOff(sql)
  found.ok.push(`Postgres ${facts.version}, login ${facts.login}, ${facts.tls ?? 'on this machine'}`)
  if (facts.version_number < oldestVersion) {
    found.faults.push(`Postgres ${facts.version} is too old: Loom needs 15 or newer.`)
  }
  found.notes.push(...tooMuch(facts, role, setting))
  const state = await sql
    .begin(async (tx) => {
      await tx.unsafe(`set local role ${role}`)
      return schemaState(tx)
    })
    .catch((thrown: { code?: string }) => {
      if (thrown.code === '42501') {
        found.faults.push(
          `The login of ${setting} may not act as ${role}. As an administrator: grant ${role} to ${facts.login};`,
        )
        return undefined
      }
      // A role that is not there: nobody has migrated yet.
      if (thrown.code === '22023' || thrown.code === '42704') return 'missing' as const
      throw thrown
    })
  if (state === undefined) return
  const fault = schemaFault(state)
  if (migrates && (state === 'missing' || state === 'older')) {
    found.ok.push('The next start brings the database to this version of Loom')
  } else if (fault) found.faults.push(fault.message)
  else found.ok.push(`The login of ${setting} acts as ${role}, and the schema is current`)
}

async function factsOf(sql: Sql): Promise<Facts> {
  const [facts] = await sql<Facts[]>`
    select session_user::text as login,
           current_setting('server_version') as version,
           current_setting('server_version_num')::int as version_number,
           (select version from pg_catalog.pg_stat_ssl where pid = pg_backend_pid() and ssl) as tls,
           rolsuper as superuser, rolbypassrls as bypasses,
           array(select rolname::text from pg_catalog.pg_roles
                 where rolname in ('loom_owner', 'loom_app', 'loom_worker', 'loom_purge', 'loom_dump')
                   and pg_has_role(session_user, oid, 'member') order by 1) as memberships
    from pg_catalog.pg_roles where rolname = session_user`
  if (!facts) throw new LoomError({ kind: 'internal', message: 'The database does not know its own login.' })
  return facts
}

/** Half of the way there and back is added, as it was asked. */
async function clockOff(sql: Sql): Promise<number> {
  const askedAtMs = Date.now()
  const [row] = await sql<
    { at: string }[]
  >`select (extract(epoch from clock_timestamp()) * 1000)::bigint::text as at`
  return Math.round(Number(row?.at) - (askedAtMs + Date.now()) / 2)
}

function tooMuch(facts: Facts, role: DatabaseRole, setting: string): string[] {
  const advice = `Give ${setting} a login of its own: create role … login password … in role ${role};`
  if (facts.superuser)
    return [`The login of ${setting} is a superuser, whom no policy binds once it leaves its role. ${advice}`]
  const others = facts.memberships.filter((name) => name !== role)
  return [
    ...(facts.bypasses ? [`The login of ${setting} may bypass row level security. ${advice}`] : []),
    ...(others.length > 0 ? [`The login of ${setting} may also act as ${others.join(', ')}. ${advice}`] : []),
  ]
}

function tooLate(): LoomError {
  return new LoomError({
    kind: 'unavailable',
    message: `The database did not answer within ${boundMs / 1_000} seconds.`,
  })
}
