import { inTenant, type Store, type TenantContext } from '../database.ts'
import { appendEvents, type NewEvent } from '../events.ts'
import { lockJobs } from '../jobs/lock.ts'
import type { HeldTask } from '../tasks/held.ts'

export interface PendingAttachment {
  id: string
  name: string
  source: string
}

/** The attachments of a job's brief that are still to be fetched, and the workspace paths already taken. */
export async function pendingAttachments(
  store: Store,
  context: TenantContext,
  input: { jobId: string },
): Promise<{ pending: PendingAttachment[]; storedPaths: string[]; storedBytes: number }> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async ({ sql }) => {
    const rows = await sql<
      {
        id: string
        state: string
        name_sealed: Uint8Array
        source_sealed: Uint8Array | null
        path_sealed: Uint8Array | null
        bytes: number | null
      }[]
    >`
      select a.id, a.state, a.name_sealed, a.source_sealed, a.path_sealed, a.bytes::float8 as bytes
      from loom.attachments a join loom.jobs j on j.brief_id = a.brief_id where j.id = ${input.jobId} order by a.position`
    return {
      pending: rows.flatMap((row) =>
        row.state === 'pending' && row.source_sealed
          ? [
              {
                id: row.id,
                name: sealer.openText(`attachments.name:${row.id}`, row.name_sealed),
                source: sealer.openText(`attachments.source:${row.id}`, row.source_sealed),
              },
            ]
          : [],
      ),
      storedPaths: rows.flatMap((row) =>
        row.path_sealed ? [sealer.openText(`attachments.path:${row.id}`, row.path_sealed)] : [],
      ),
      storedBytes: rows.reduce((sum, row) => sum + (row.bytes ?? 0), 0),
    }
  })
}

export type FetchedAttachment =
  | { id: string; state: 'stored'; path: string; sha256: string; bytes: number; mediaType: string }
  | { id: string; state: 'refused'; name: string; reason: string }

/**
 * Keeps what became of attachments, under the gathering task's lease. The source is forgotten: nothing fetches twice.
 * Answers `false` when the lease was lost; then nothing was written.
 */
export async function recordAttachments(
  store: Store,
  context: TenantContext,
  input: { task: HeldTask; holder: string; fetched: readonly FetchedAttachment[] },
): Promise<boolean> {
  const { tenantId } = context
  const { jobId, taskId } = input.task
  const sealer = await store.vault.sealer(tenantId, 'content')
  return inTenant(store, tenantId, async (tx) => {
    await lockJobs(tx, [jobId])
    const held = await tx.sql`
      select 1 from loom.ready_tasks
      where task_id = ${taskId} and tenant_id = ${tenantId} and holder = ${input.holder}
        and fence = ${input.task.fence} for update`
    if (held.length === 0) return false
    for (const item of input.fetched) {
      if (item.state === 'stored') {
        await tx.sql`
          insert into loom.blobs (tenant_id, job_id, sha256, bytes, media_type)
          values (${tenantId}, ${jobId}, ${item.sha256}, ${item.bytes}, ${item.mediaType}) on conflict do nothing`
        await tx.sql`
          update loom.attachments
          set state = 'stored', source_sealed = null, sha256 = ${item.sha256}, bytes = ${item.bytes},
              media_type = ${item.mediaType}, path_sealed = ${sealer.seal(`attachments.path:${item.id}`, item.path)}
          where id = ${item.id} and state = 'pending'`
      } else {
        await tx.sql`
          update loom.attachments
          set state = 'refused', source_sealed = null, reason_sealed = ${sealer.seal(`attachments.reason:${item.id}`, item.reason)}
          where id = ${item.id} and state = 'pending'`
      }
    }
    const events: NewEvent[] = input.fetched.flatMap((item) =>
      item.state === 'refused'
        ? [{ jobId, taskId, event: { kind: 'file_refused', name: item.name, reason: item.reason } as const }]
        : [],
    )
    await appendEvents({ tx, sealer }, { tenantId, events })
    return true
  })
}
