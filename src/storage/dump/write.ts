import { pipeline, Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { ObjectStore, Vault } from '../../core/ports.ts'
import { inSnapshot, type Store, type Tx } from '../database.ts'
import { parentsFirst } from '../erasure/table-order.ts'
import { schemaVersion } from '../migrate.ts'
import { crossingTables } from '../schema/index.ts'
import { type Frame, writeFrame } from './frames.ts'
import { dumpKey, dumpName, newDumpId } from './names.ts'
import { sealStream } from './sealed-stream.ts'

/** Not in a dump: billing's own thirty days, and what is made again from the rows. */
const leftOut: readonly string[] = ['usage_events', ...crossingTables]

export interface DumpDeps {
  /** As `loom_dump`: sees all rows, and opens no tenant's key. */
  store: Pick<Store, 'sql' | 'now'>
  objects: ObjectStore
  /** Makes the dump's own key. */
  vault: Vault
}

export interface Dumped {
  name: string
  /** Rows of each table. */
  counts: Record<string, number>
}

/**
 * Writes all tenants' rows as they are at one moment into the object store: COPY of each table, compressed, sealed under a
 * key of the dump's own, in a stream of bounded memory. What breaks off leaves nothing, and no key.
 */
export async function writeDump(deps: DumpDeps): Promise<Dumped> {
  const { objects, store, vault } = deps
  const dumpId = newDumpId()
  const nowMs = store.now()
  const name = dumpName({ dumpId, nowMs })
  await vault.create(dumpId)
  try {
    const sealer = await vault.sealer(dumpId, 'content')
    const createdAt = new Date(nowMs).toISOString()
    const head = { loom: 'dump', version: 1, dumpId, createdAt, schema: schemaVersion() } as const
    const counts: Record<string, number> = {}
    await inSnapshot(store, async (tx) => {
      const zip = createGzip()
      // A fault on the way destroys the zip with it, so that whoever reads it hears.
      pipeline(Readable.from(frames(tx, counts)), zip, () => undefined)
      const body = Readable.from(sealStream({ head, sealer }, zip))
      await objects.put(dumpKey(name), body, { mediaType: 'application/octet-stream' })
    })
    return { name, counts }
  } catch (thrown) {
    await vault.destroy(dumpId)
    await objects.deletePrefix(dumpKey(name))
    throw thrown
  }
}

/** Of what is the installation's own: how far the ledger was followed, and what was promised since when. */
const shared = ['loom_shared.ledger_position', 'loom_shared.policy_versions']

async function* frames(tx: Tx, counts: Record<string, number>): AsyncGenerator<Buffer> {
  const tables = (await parentsFirst(tx)).filter((table) => !leftOut.includes(table))
  for (const table of [...shared, ...tables.map((name) => `loom.${name}`)]) {
    const columns = await columnsOf(tx, table)
    yield writeFrame({ kind: 'table', table, columns } satisfies Frame)
    counts[table] = 0
    const copied = await copyOut(tx, { table, columns })
    for await (const rows of copied) {
      counts[table] += rowsIn(rows)
      yield writeFrame({ kind: 'rows', rows })
    }
    // The driver hears nothing more from a connection whose last rows came faster than they were read: this has it listen.
    copied._read(0)
  }
  yield writeFrame({ kind: 'end', counts })
}

export async function columnsOf({ sql }: Pick<Tx, 'sql'>, table: string): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select attname as name from pg_attribute
    where attrelid = ${table}::text::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`
  return rows.map(({ name }) => name)
}

function copyOut({ sql }: Tx, { columns, table }: { table: string; columns: string[] }): Promise<Readable> {
  // The names are the catalog's own.
  return sql.unsafe(`copy (select ${quoted(columns)} from ${table}) to stdout`).readable()
}

export function quoted(columns: readonly string[]): string {
  return columns.map((column) => `"${column.replaceAll('"', '""')}"`).join(', ')
}

/** COPY's text has a line feed at the end of each row, and nowhere else. */
function rowsIn(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) count += 1
  return count
}
