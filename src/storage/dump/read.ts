import { pipeline as join, Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { LoomError } from '../../core/errors.ts'
import type { ObjectStore, Vault } from '../../core/ports.ts'
import type { Sql } from '../database.ts'
import { databaseError } from '../database-error.ts'
import { migrateDatabase, migrateDatabaseTo } from '../migrate.ts'
import { openPostgres } from '../open-postgres.ts'
import { damaged, type Frame, readFrames } from './frames.ts'
import { dumpKey } from './names.ts'
import { openStream } from './sealed-stream.ts'
import { quoted } from './write.ts'

export interface RestoreDeps {
  objects: ObjectStore
  vault: Vault
}

/**
 * Brings a dump into an empty database, by a login that may migrate it: the schema as it was then, the rows in one
 * transaction, then the migrations since. What is made from the rows, and the ledger, is up to the caller before anything
 * is served. Throws `not_found` for a dump or a key that is not there, `conflict` for a database with rows or a dump of a
 * newer Loom, `corrupt` for one that does not open; then nothing is in the database but its schema.
 */
export async function readDump(
  deps: RestoreDeps,
  input: { name: string; url: string },
): Promise<{ counts: Record<string, number>; createdAt: string }> {
  const { objects, vault } = deps
  const { body } = await objects.stream(dumpKey(input.name))
  try {
    const { head, plain } = await openStream(body, ({ dumpId }) => vault.sealer(dumpId, 'content'))
    await migrateDatabaseTo(input.url, head.schema)
    const zip = createGunzip()
    // Whoever reads it hears of its fault; here nobody may be listening yet.
    join(Readable.from(plain), zip.on('error', ignore), ignore)
    const counts = await bringIn(input.url, readFrames(inDumpWords(zip)))
    await migrateDatabase(input.url)
    return { counts, createdAt: head.createdAt }
  } finally {
    body.destroy()
  }
}

function ignore(): void {}

/** What does not unzip was sealed so, or is no dump of ours. */
async function* inDumpWords(zip: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* zip
  } catch (thrown) {
    if (thrown instanceof LoomError) throw thrown
    throw damaged('it does not unzip')
  }
}

async function bringIn(url: string, frames: AsyncGenerator<Frame>): Promise<Record<string, number>> {
  const sql = openPostgres(url, { max: 1, name: 'loom-restore' })
  try {
    return await sql.begin(async (tx) => {
      await tx`set local role loom_owner`
      await refuseRows(tx as unknown as Sql)
      return fill(tx as unknown as Sql, frames)
    })
  } catch (thrown) {
    throw databaseError(thrown)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function refuseRows(sql: Sql): Promise<void> {
  // The owner is behind the tenants' wall too; the size of the table is not.
  const [row] = await sql`select pg_relation_size('loom.tenants') > 0 as filled`
  if (!row?.filled) return
  throw new LoomError({
    kind: 'conflict',
    message: 'That database has accounts in it already. Restore into an empty one.',
    detail: 'restore into rows',
    retryable: false,
  })
}

/** Walls of tables are taken down for the transaction, and stand again before anybody else sees a row. */
async function fill(sql: Sql, frames: AsyncGenerator<Frame>): Promise<Record<string, number>> {
  const walls: string[] = []
  let copy: { write(rows: Buffer): Promise<void>; end(): Promise<void> } | undefined
  for await (const frame of frames) {
    if (frame.kind === 'rows') {
      if (!copy) throw damaged('rows of no table')
      await copy.write(frame.rows)
      continue
    }
    await copy?.end()
    copy = undefined
    if (frame.kind === 'end') {
      for (const table of walls) await sql.unsafe(`alter table ${table} enable row level security`)
      return frame.counts
    }
    const { columns, table } = frame
    if (!/^(loom|loom_shared)\.[a-z_]+$/.test(table)) throw damaged('a table of no name')
    if (table.startsWith('loom.')) {
      await sql.unsafe(`alter table ${table} disable row level security`)
      walls.push(table)
    }
    copy = await copyIn(sql, `copy ${table} (${quoted(columns)}) from stdin`)
  }
  throw damaged('it ends too early')
}

async function copyIn(sql: Sql, statement: string) {
  const target = await sql.unsafe(statement).writable()
  const ended = finished(target)
  // It is awaited at the end; until then a fault shows at the next write.
  ended.catch(() => undefined)
  return {
    async write(rows: Buffer): Promise<void> {
      if (!target.write(rows)) await Promise.race([once(target), ended])
    },
    async end(): Promise<void> {
      target.end()
      await ended
    },
  }
}

function once(target: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => void target.once('drain', () => resolve()))
}
