import { mkdir } from 'node:fs/promises'
import type { Config } from '../config.ts'
import { LoomError } from '../core/errors.ts'
import { prepareQueue } from '../queue.ts'
import { openEmbeddedPostgres } from '../storage/embedded/open.ts'
import { checkSchema, migrateDatabase } from '../storage/migrate.ts'
import { postgresOptions } from '../storage/postgres-options.ts'
import { heedPolicyBeforeMigrating } from './heed-policy.ts'

export interface DatabaseUrls {
  app: string
  worker: string
  purge: string
  dump: string
  /** The login that migrates, where this process has it. */
  migrate: string | undefined
}

/**
 * The database that the configuration names, or the embedded one, at this code's schema: migrated where there is a
 * login for that, else looked at. What it opened is closed with the stack.
 */
export async function openDatabase(
  stack: AsyncDisposableStack,
  input: { config: Config; say: (line: string) => void },
): Promise<DatabaseUrls> {
  const { config } = input
  // The embedded database makes its home itself: as root it must stay within reach of the server's user.
  if (config.database) await makeHome(config.home)
  const { database } = config
  const urls: DatabaseUrls = database ?? (await openEmbedded(stack, input))
  if (urls.migrate) {
    await heedPolicyBeforeMigrating(urls.migrate, config)
    await migrateDatabase(urls.migrate)
  } else if (database) await checkSchema(database.app, database.looksAs)
  return urls
}

/**
 * Brings a database to this code's schema, the queue's own tables in it included. Idempotent. Throws `conflict` while this
 * code's version of the privacy policy may not take effect there.
 */
export async function migrate(url: string, config: Pick<Config, 'mode'>): Promise<void> {
  await heedPolicyBeforeMigrating(url, config)
  await migrateDatabase(url)
  await prepareQueue(postgresOptions(url))
}

async function makeHome(home: string): Promise<void> {
  try {
    await mkdir(home, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new LoomError({
      kind: 'unavailable',
      message: `Loom cannot write to ${home}. Make it writable, or set LOOM_HOME to a directory that is.`,
      retryable: false,
      cause,
    })
  }
}

async function openEmbedded(
  stack: AsyncDisposableStack,
  input: { config: Config; say: (line: string) => void },
): Promise<DatabaseUrls> {
  const postgres = await openEmbeddedPostgres({ home: input.config.home, say: input.say })
  stack.defer(() => postgres.close())
  const { url } = postgres
  return { app: url, worker: url, purge: url, dump: url, migrate: url }
}
