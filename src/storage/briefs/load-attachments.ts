import type { Sealer } from '../../core/ports.ts'
import type { AttachmentState } from '../../core/words.ts'
import type { Tx } from '../database.ts'
import type { Attachment } from '../tasks/loaded.ts'

/** The attachments of briefs, in the order in which they came. */
export async function loadAttachments(
  { tx, sealer }: { tx: Tx; sealer: Sealer },
  briefIds: readonly string[],
): Promise<Map<string, Attachment[]>> {
  const rows = await tx.sql<
    {
      id: string
      brief_id: string
      state: AttachmentState
      name_sealed: Uint8Array
      path_sealed: Uint8Array | null
      reason_sealed: Uint8Array | null
      sha256: string | null
      bytes: number | null
      media_type: string | null
    }[]
  >`
    select id, brief_id, state, name_sealed, path_sealed, reason_sealed, sha256, bytes::float8 as bytes, media_type
    from loom.attachments where brief_id = any(${briefIds as string[]}::uuid[]) order by position`
  const found = rows.map((row) => ({
    briefId: row.brief_id,
    attachment: {
      id: row.id,
      name: sealer.openText(`attachments.name:${row.id}`, row.name_sealed),
      state: row.state,
      reason: row.reason_sealed
        ? sealer.openText(`attachments.reason:${row.id}`, row.reason_sealed)
        : undefined,
      file:
        row.path_sealed && row.sha256
          ? {
              path: sealer.openText(`attachments.path:${row.id}`, row.path_sealed),
              sha256: row.sha256,
              bytes: row.bytes ?? 0,
              mediaType: row.media_type ?? 'application/octet-stream',
              writtenBy: undefined,
            }
          : undefined,
    },
  }))
  const groups = Map.groupBy(found, (item) => item.briefId)
  return new Map([...groups].map(([briefId, items]) => [briefId, items.map((item) => item.attachment)]))
}
