import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { toLoomError } from '../../../src/core/errors.ts'
import type { Sealer, Vault } from '../../../src/core/ports.ts'
import { type KeyPurpose, keyPurposes } from '../../../src/core/words.ts'
import type { Sql } from '../../../src/storage/database.ts'
import { readFrames } from '../../../src/storage/dump/frames.ts'
import { openStream } from '../../../src/storage/dump/sealed-stream.ts'
import { readExport } from '../export/reader.ts'
import { canariesIn } from './canaries.ts'
import type { Lying } from './shelves.ts'

/** A canary that somebody could read who has all of the installation, its keys included. */
export interface Sighting {
  canary: string
  /** `messages.body_sealed`, `objects`, `logs`, … */
  place: string
  /** When the copy was made that it stands in. */
  copiedMs?: number
}

type Row = Readonly<Record<string, unknown>>

/** The keys that there are at this moment, asked for anew. */
export function keysOf(vault: Vault) {
  const opened = new Map<string, Promise<Sealer | undefined>>()
  const sealerOf = (tenantId: string, purpose: KeyPurpose): Promise<Sealer | undefined> => {
    const at = `${tenantId} ${purpose}`
    const found =
      opened.get(at) ??
      vault.sealer(tenantId, purpose).catch((thrown: unknown) => {
        if (toLoomError(thrown).kind === 'not_found') return undefined
        throw thrown
      })
    opened.set(at, found)
    return found
  }
  return {
    sealerOf,
    isThere: async (tenantId: string) => (await sealerOf(tenantId, 'content')) !== undefined,
  }
}
export type Keys = ReturnType<typeof keysOf>

/** What sealed values said when they were opened, so that what stays from day to day is opened once. */
export type Opened = Map<string, string[]>

/** Every row of every schema, as somebody sees it who sees everything: bare bytes, and what is sealed in plain. */
export async function lookAtDatabase(
  sql: Sql,
  deps: { keys: Keys; opened: Opened; tables?: readonly string[] },
): Promise<Sighting[]> {
  const tables = await sql<{ schema: string; name: string }[]>`
    select schemaname as schema, tablename as name from pg_catalog.pg_tables
    where schemaname not in ('pg_catalog', 'information_schema', 'drizzle', 'simulated') order by 1, 2`
  const found: Sighting[] = []
  for (const { name, schema } of tables) {
    const place = schema === 'loom' ? name : `${schema}.${name}`
    if (deps.tables && !deps.tables.includes(place)) continue
    const rows = await sql<{ row: Row }[]>`select to_jsonb(t) as row from ${sql(schema)}.${sql(name)} t`
    for (const { row } of rows) found.push(...(await lookAtRow(deps, { table: place, row })))
  }
  return found
}

async function lookAtRow(
  deps: { keys: Keys; opened: Opened },
  { row, table }: { table: string; row: Row },
): Promise<Sighting[]> {
  const found: Sighting[] = []
  for (const [column, value] of Object.entries(row)) {
    if (value === null) continue
    const place = `${table}.${column}`
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    const bytes = text.startsWith('\\x') ? Buffer.from(text.slice(2), 'hex') : undefined
    const bare = canariesIn(bytes ? bytes.toString('latin1') : text)
    const said = bytes && column.endsWith('_sealed') ? await unseal(deps, { place, row, text, bytes }) : []
    for (const canary of [...bare, ...said]) found.push({ canary, place })
  }
  return found
}

/** Nothing where the account's keys are gone. */
async function unseal(
  { keys, opened }: { keys: Keys; opened: Opened },
  { bytes, place, row, text }: { place: string; row: Row; text: string; bytes: Buffer },
): Promise<string[]> {
  const sealer = await keys.sealerOf(String(row.tenant_id), keyPurposes[bytes[1] ?? 0] ?? 'content')
  if (!sealer) return []
  const said = opened.get(text) ?? canariesIn(openAny(sealer, { bytes, labels: labelsOf(place, row) }))
  opened.set(text, said)
  return said
}

/** By whichever place it was sealed for: a value that opens under none would be hidden from this search. */
function openAny(sealer: Sealer, { bytes, labels }: { bytes: Buffer; labels: readonly string[] }): string {
  for (const label of labels) {
    try {
      return sealer.openText(label, bytes)
    } catch {
      // Sealed for another of its places.
    }
  }
  throw new Error(`a sealed value opens at none of ${labels.join(', ')}`)
}

function labelsOf(place: string, row: Row): string[] {
  const at = place.replace(/_sealed$/, '')
  const ids = [row.id, row.job_id, `${row.task_id}:${row.ordinal}`, row.key_id, row.tenant_id]
  return ids.map((id) => `${at}:${id}`)
}

/** What lies in the objects and beside them: files of accounts as they are, exports unpacked, ledger and keys as bytes. */
export async function lookAtFiles(files: readonly Lying[], unpacked: Opened): Promise<Sighting[]> {
  const found: Sighting[] = []
  for (const file of files) {
    const { name, storedAtMs, version } = file
    if (name.startsWith('objects/dumps/')) continue
    const at = `${name} ${version}`
    const said = unpacked.get(at) ?? canariesIn(await textOf(file))
    unpacked.set(at, said)
    for (const canary of said) found.push({ canary, place: placeOf(name), copiedMs: storedAtMs })
  }
  return found
}

export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
}

function placeOf(name: string): string {
  if (name.startsWith('objects/.incoming/')) return 'objects:unfinished'
  if (/^objects\/[^/]+\/exports\//.test(name)) return 'objects:exports'
  return name.startsWith('objects/') ? 'objects' : (name.split('/')[0] ?? name)
}

async function textOf({ name, read }: Lying): Promise<string> {
  const bytes = await read()
  return name.endsWith('.zip') ? (await readExport(bytes)).text : bytes.toString('latin1')
}

/** A sighting in a dump opens only as long as its account has keys. */
export interface InDump extends Sighting {
  tenantId: string
}

/** What a dump holds for whoever has its key and the accounts' keys. */
export async function lookIntoDump(
  file: Readable,
  deps: { vault: Vault; keys: Keys; opened: Opened },
): Promise<{ dumpId: string; sightings: InDump[] }> {
  const { head, plain } = await openStream(file, ({ dumpId }) => deps.vault.sealer(dumpId, 'content'))
  const sightings: InDump[] = []
  let table = ''
  let columns: string[] = []
  let rest = ''
  for await (const frame of readFrames(Readable.from(plain).pipe(createGunzip()))) {
    if (frame.kind === 'end') break
    if (frame.kind === 'table') {
      ;({ columns } = frame)
      table = frame.table.replace(/^loom\./, '')
      rest = ''
      continue
    }
    const lines = (rest + frame.rows.toString('utf8')).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const row = rowOf(line, columns)
      const found = await lookAtRow(deps, { table, row })
      sightings.push(...found.map((one) => ({ ...one, tenantId: String(row.tenant_id) })))
    }
  }
  return { dumpId: head.dumpId, sightings }
}

/** A line as COPY writes it. */
function rowOf(line: string, columns: readonly string[]): Row {
  const fields = line.split('\t')
  return Object.fromEntries(
    columns.map((column, at) => {
      const field = fields[at] ?? '\\N'
      return [column, field === '\\N' ? null : field.replaceAll('\\\\', '\\')]
    }),
  )
}
