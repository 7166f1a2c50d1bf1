import postgres from 'postgres'
import { createDialer } from './dial.ts'
import { postgresOptions } from './postgres-options.ts'

/**
 * The one way to a Postgres: TLS, bounds and coming back are the same for the pools, the keepers, the migration and
 * the doctor. It opens nothing before the first statement. After the server was away it is back within about two
 * seconds of it. Throws `invalid_input` for a URL that cannot be used; what the network refuses comes with the
 * statement, as `LoomError`.
 */
export function openPostgres(
  url: string,
  input: {
    max: number
    name: string
    role?: string
    searchPath?: string
    /** How long an answer may be owed before the connection counts as lost; unbounded without it. */
    silenceMs?: number | undefined
    /** How old a connection grows, in seconds; for ever without it. */
    lifeS?: number
    connectMs?: number
    setting?: string
    /** Told what arrives on the channels that a statement of its own listens to. */
    onNotify?: (channel: string, payload: string) => void
  },
): postgres.Sql {
  const { connectMs = 5_000 } = input
  const options = postgresOptions(url, input.setting)
  const { ssl: _dialed, ...address } = options
  const dialer = createDialer(options, { connectMs, silenceMs: input.silenceMs })
  const driver = {
    ...address,
    // Said and not left out: the driver would look for it in the environment. TLS is the dialer's.
    ssl: false,
    socket: dialer.dial,
    backoff: dialer.restS,
    keep_alive: 10,
    max: input.max,
    connect_timeout: connectMs / 1_000,
    // The pool keeps its connections: a new one costs more than most statements.
    idle_timeout: 0,
    max_lifetime: input.lifeS ?? null,
    onnotice: () => undefined,
    ...(input.onNotify ? { onnotify: input.onNotify } : {}),
    connection: {
      application_name: input.name,
      ...(input.role ? { role: input.role } : {}),
      ...(input.searchPath ? { search_path: input.searchPath } : {}),
    } as Record<string, string>,
  }
  const sql = postgres(driver)
  const { end } = sql
  sql.end = async (how) => {
    try {
      await end(how)
    } finally {
      dialer.close()
    }
  }
  return sql
}
