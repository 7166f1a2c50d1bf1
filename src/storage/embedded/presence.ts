import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { LoomError } from '../../core/errors.ts'
import { errorCode } from './faults.ts'

/** One process's word to the others that it uses the server: a connection that is held until it leaves. */
export type Presence = {
  /**
   * Ends this presence and gives how many others are left; undefined when the server is gone. Once it has resolved,
   * nobody counts this one any more. May be called more than once. Call under the home's lock.
   */
  leave(): Promise<number | undefined>
}

const serverGone = ['ECONNREFUSED', 'ECONNRESET', 'CONNECTION_CLOSED', 'CONNECT_TIMEOUT', 'EPIPE']
const serverAway = ['57P01', '57P02', '57P03']
const wrongPassword = '28P01'
const rejoinAttempts = 120
const rejoinPauseMs = 250

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
  let state: 'joining' | 'held' | 'rejoining' | 'left' = 'joining'
  const isLeft = () => state === 'left'
  // A backend that crashes takes every connection with it, and nobody counts us until we are back.
  const rejoin = async () => {
    if (state !== 'held') return
    state = 'rejoining'
    for (let attempt = 0; attempt < rejoinAttempts && !isLeft() && !(await answers(sql)); attempt += 1) {
      await pause(rejoinPauseMs, undefined, { ref: false })
    }
    if (!isLeft()) state = 'held'
  }
  const sql = connect(input, () => void rejoin())
  try {
    await checkServer(sql, input)
    state = 'held'
  } catch (error) {
    state = 'left'
    await sql.end({ timeout: 1 })
    throw errorCode(error) === wrongPassword ? passwordFault(input.home, error) : error
  }
  let leaving: Promise<number | undefined> | undefined
  const leave = async () => {
    state = 'left'
    try {
      return await renounce(sql)
    } finally {
      await sql.end({ timeout: 5 })
    }
  }
  return {
    leave: () => {
      leaving ??= leave()
      return leaving
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
    // Ours is in `rejoin`. The driver's grows to seconds, and a `leave` would wait for them.
    backoff: () => 0,
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

// A connection is listed until its backend is gone, which may be after we are. Renamed, it is no presence any more.
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
