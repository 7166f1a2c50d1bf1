import { inTenant, type Store, type TenantContext } from '../database.ts'

export interface ArtifactLine {
  jobId: string
  artifactId: string
  path: string
  /** What its job is called; empty where it has no name. */
  title: string
  bytes: number
}

/** The newest files that came of what one person asked for and that are kept now: those with a star, or those without. */
export async function listArtifacts(
  store: Store,
  context: TenantContext,
  input: { askedBy: string; starred: boolean; limit: number },
): Promise<ArtifactLine[]> {
  const { askedBy, limit, starred } = input
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async ({ sql }) => {
    const rows = await sql<
      {
        id: string
        job_id: string
        path_sealed: Uint8Array
        title_sealed: Uint8Array | null
        bytes: number
      }[]
    >`
      select a.id, a.job_id, a.path_sealed, a.bytes::float8 as bytes, j.title_sealed
      from loom.artifacts a join loom.jobs j on j.id = a.job_id join loom.briefs b on b.id = j.brief_id
      where b.asked_by = ${askedBy} and (a.starred_at is not null) = ${starred}
        and (a.starred_at is not null or a.expires_at is null or a.expires_at > now())
      order by a.created_at desc, a.id desc limit ${limit}`
    return rows.map((row) => ({
      jobId: row.job_id,
      artifactId: row.id,
      path: sealer.openText(`artifacts.path:${row.job_id}`, row.path_sealed),
      title: row.title_sealed ? sealer.openText(`jobs.title:${row.job_id}`, row.title_sealed) : '',
      bytes: row.bytes,
    }))
  })
}
