import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { LoomError } from '../../core/errors.ts'
import { errorCode } from './faults.ts'

/** One process's word to the others that it uses the server: a connection that is held until it leaves. */
export type Presence = {
  /**
   * Ends this presence and gives how many others are left; undefined when the server is gone. Once it has resolved,
   * nobody counts this one any more. Call under the home's lock.
   */
  leave(): Promise<number | undefined>
}

const serverGone = ['ECONNREFUSED', 'ECONNRESET', 'CONNECTION_CLOSED', 'CONNECT_TIMEOUT', 'EPIPE']
const serverAway = ['57P01', '57P02', '57P03']
const wrongPassword = '28P01'
const rejoinAttempts = 120

/** Whether a failed `join` may succeed a moment later, or the server has gone. */
export function isPassing(error: unknown): boolean {
  const code = errorCode(error) ?? ''
  return serverGone.includes(code) || serverAway.includes(code)
}

/**
 * Connects to the server on `port` and makes the database `loom` where it is missing. Throws `corrupt` for a wrong
 * password, `conflict` when the server serves another data directory (that of a copied home), else the driver's error.
 * Call under the home's lock.
 */
export async function joinServer(input: {
  home: string
  port: number
  password: string
  dataDir: string
}): Promise<Presence> {
  let left = false
  let rejoining = false
  // A backend that crashes takes all connections with it. Nobody counts us until we are back.
  const rejoin = async () => {
    if (left || rejoining) return
    rejoining = true
    for (let attempt = 0; attempt < rejoinAttempts && !left; attempt += 1) {
      if (await answers(sql)) break
      await pause(250, undefined, { ref: false })
    }
    rejoining = false
  }
  const sql = connect(input, () => void rejoin())
  try {
    rejoining = true
    await checkServer(sql, input)
    rejoining = false
  } catch (error) {
    left = true
    await sql.end({ timeout: 1 })
    throw errorCode(error) === wrongPassword ? passwordFault(input.home, error) : error
  }
  return {
    leave: async () => {
      left = true
      const others = await renounce(sql)
      await sql.end({ timeout: 5 })
      return others
    },
  }
}

function connect(input: { port: number; password: string }, onclose: () => void): postgres.Sql {
  return postgres({
    host: '127.0.0.1',
    port: input.port,
    username: 'loom',
    password: input.password,
    // Not `loom`: nobody should find that one busy when they want to drop it.
    database: 'postgres',
    ssl: false,
    max: 1,
    idle_timeout: 0,
    max_lifetime: 0,
    connect_timeout: 5,
    fetch_types: false,
    onnotice: () => undefined,
    onclose,
    connection: { application_name: 'loom-presence' },
  })
}

async function checkServer(sql: postgres.Sql, input: { home: string; dataDir: string }): Promise<void> {
  const [row] = await sql<{ dir: string; made: boolean }[]>`
    select current_setting('data_directory') as dir,
           exists (select from pg_database where datname = 'loom') as made`
  if (row?.dir !== input.dataDir) throw strangerFault(input.home)
  if (!row.made) await sql`create database loom`
}

// A connection that ends is listed until its backend is gone. Renamed first, it cannot be taken for a live presence.
async function renounce(sql: postgres.Sql): Promise<number | undefined> {
  try {
    const [row] = await sql<{ others: number }[]>`
      select set_config('application_name', 'loom-leaving', false),
             (select count(*)::int from pg_stat_activity
               where application_name = 'loom-presence' and pid <> pg_backend_pid()) as others`
    return row?.others
  } catch (error) {
    // Gone, or another program's server answers on its port by now.
    if (isPassing(error) || errorCode(error) === wrongPassword) return undefined
    throw error
  }
}

async function answers(sql: postgres.Sql): Promise<boolean> {
  return sql`select 1`.then(
    () => true,
    () => false,
  )
}

function passwordFault(home: string, cause: unknown): LoomError {
  return new LoomError({
    kind: 'corrupt',
    message: `The password in ${home}/postgres.json does not open the database: stop every Loom of this folder, delete that file and start again. Your data is kept.`,
    cause,
  })
}

function strangerFault(home: string): LoomError {
  return new LoomError({
    kind: 'conflict',
    message: `Another copy of ${home} is running its database on the same port: stop that one first.`,
    retryable: false,
  })
}
