import type { FileSource } from '../../core/brief.ts'
import { limits } from '../../core/limits.ts'
import type { Sealer } from '../../core/ports.ts'
import type { Store, Tx } from '../database.ts'
import { attachments } from '../schema/index.ts'

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

interface Attaching {
  tenantId: string
  briefId: string
  files: readonly FileSource[]
}

/** The files that come with a prompt, in their order. */
export async function attach(deps: Deps, input: Attaching): Promise<void> {
  await insert(
    deps,
    input,
    input.files.map((file, position) => ({ id: deps.store.newId(), position, file })),
  )
}

/**
 * Files that are found while a brief is gathered, behind those that came with it, as many as there is room for. Each
 * source is attached once, however often this is called. Answers how many are new.
 */
export async function attachLater(deps: Deps, input: Attaching): Promise<number> {
  const { briefId } = input
  const there = await deps.tx.sql<{ id: string; position: number; source: Uint8Array | null }[]>`
    select id, position, source_sealed as source from loom.attachments where brief_id = ${briefId}`
  const ids = new Set(there.map(({ id }) => id))
  const sources = new Set(
    there.flatMap(({ id, source }) =>
      source ? [deps.sealer.openText(`attachments.source:${id}`, source)] : [],
    ),
  )
  const first = Math.max(-1, ...there.map(({ position }) => position)) + 1
  const fresh = input.files
    .filter(({ source }) => !sources.has(source))
    .map((file) => ({ id: idOf(deps.sealer, briefId, file), file }))
    .filter(({ id }) => !ids.has(id) && ids.add(id))
    .slice(0, limits.briefFiles - there.length)
    .map(({ file, id }, at) => ({ id, file, position: first + at }))
  await insert(deps, input, fresh)
  return fresh.length
}

/** The same for the same source and name of a brief: sources are forgotten once they are fetched, ids stay. */
function idOf(sealer: Sealer, briefId: string, { name, source }: FileSource): string {
  const hex = sealer.hash('attachment', `${briefId}\0${name}\0${source}`).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

async function insert(
  { sealer, tx }: Deps,
  { briefId, tenantId }: Attaching,
  rows: readonly { id: string; position: number; file: FileSource }[],
): Promise<void> {
  if (rows.length === 0) return
  await tx.db.insert(attachments).values(
    rows.map(({ file, id, position }) => ({
      tenantId,
      id,
      briefId,
      position,
      sourceSealed: sealer.seal(`attachments.source:${id}`, file.source),
      nameSealed: sealer.seal(`attachments.name:${id}`, file.name),
    })),
  )
}
