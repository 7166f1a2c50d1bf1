import type { Sealer } from '../../core/ports.ts'
import type { WorkspaceFile } from '../../core/workspace.ts'
import type { Tx } from '../database.ts'

/** The newest file at each path, by the task that wrote it, without those of tries that were given up. */
export async function loadFiles(
  { tx, sealer }: { tx: Tx; sealer: Sealer },
  jobIds: readonly string[],
): Promise<Map<string, WorkspaceFile[]>> {
  const rows = await tx.sql<
    {
      id: string
      task_id: string
      path_sealed: Uint8Array
      sha256: string
      bytes: number
      media_type: string
    }[]
  >`
    select distinct on (f.task_id, f.path_hash)
      f.id, f.task_id, f.path_sealed, f.sha256, b.bytes::float8 as bytes, b.media_type
    from loom.workspace_files f
    join loom.tasks t on t.id = f.task_id and f.ordinal >= t.first_step
    join loom.blobs b on b.job_id = f.job_id and b.sha256 = f.sha256
    where f.job_id = any(${jobIds as string[]}::uuid[])
    order by f.task_id, f.path_hash, f.ordinal desc`
  const found = rows.map((row) => ({
    taskId: row.task_id,
    file: {
      path: sealer.openText(`workspace_files.path:${row.id}`, row.path_sealed),
      sha256: row.sha256,
      bytes: row.bytes,
      mediaType: row.media_type,
      writtenBy: undefined,
    },
  }))
  const groups = Map.groupBy(found, (item) => item.taskId)
  return new Map([...groups].map(([taskId, items]) => [taskId, items.map((item) => item.file)]))
}
