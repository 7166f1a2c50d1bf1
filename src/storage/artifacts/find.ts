import { inTenant, type Store, type TenantContext } from '../database.ts'
import type { StoredFile } from '../jobs/answer.ts'

/**
 * An artifact for one who shows a link made at `issuedAtMs`. `undefined` when there is none, when it has expired,
 * when its links were revoked after that moment, or when the account is being deleted.
 */
export async function findArtifact(
  store: Store,
  context: TenantContext,
  input: { artifactId: string; issuedAtMs: number },
): Promise<(StoredFile & { jobId: string }) | undefined> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async ({ sql }) => {
    const [row] = await sql<
      {
        id: string
        job_id: string
        path_sealed: Uint8Array
        media_type: string
        bytes: number
        sha256: string
      }[]
    >`
      select id, job_id, path_sealed, media_type, bytes::float8 as bytes, sha256 from loom.artifacts
      where id = ${input.artifactId}
        and exists (select 1 from loom.tenants where state = 'active')
        and (links_revoked_at is null or links_revoked_at < ${new Date(input.issuedAtMs).toISOString()}::timestamptz)`
    if (!row) return undefined
    return {
      artifactId: row.id,
      jobId: row.job_id,
      path: sealer.openText(`artifacts.path:${row.job_id}`, row.path_sealed),
      mediaType: row.media_type,
      bytes: row.bytes,
      sha256: row.sha256,
    }
  })
}
