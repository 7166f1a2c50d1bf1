import { objectKeys } from '../../storage/objects/keys.ts'
import { batch, batchOf, defaultRows, eachOf, type PurgeDeps, untilNone } from './deps.ts'

interface Expired {
  tenant_id: string
  id: string
  job_id: string
  sha256: string
}

/**
 * Removes files that are over their time and without a star: the object unless another file of the job that is kept has
 * the same content, or the job itself is still there and will take it along; then the row.
 */
export async function purgeArtifacts(deps: PurgeDeps): Promise<number> {
  const limit = Math.min(deps.rows ?? defaultRows, 500)
  return untilNone(async () => {
    const page = await batch(
      deps,
      ({ sql }) => sql<Expired[]>`
        select tenant_id, id, job_id, sha256 from loom.artifacts
        where expires_at <= loom.clock() order by expires_at limit ${limit} for update skip locked`,
    )
    let sum = 0
    for (const [tenantId, own] of Map.groupBy(page, (row) => row.tenant_id)) {
      const loose = await looseOf(deps, tenantId, own)
      await eachOf(loose, (row) =>
        deps.store.objects.deletePrefix(objectKeys.blob({ tenantId, jobId: row.job_id }, row.sha256)),
      )
      deps.at?.('artifacts:objects gone')
      sum += await batchOf(deps, tenantId, async ({ sql }) => {
        const gone = await sql`
          delete from loom.artifacts
          where id = any(${own.map(({ id }) => id)}::uuid[]) and expires_at <= loom.clock()`
        return gone.count
      })
    }
    return sum
  })
}

/** Those whose object nothing else names. */
async function looseOf(deps: PurgeDeps, tenantId: string, rows: readonly Expired[]): Promise<Expired[]> {
  const jobIds = [...new Set(rows.map((row) => row.job_id))]
  const named = await batchOf(
    deps,
    tenantId,
    ({ sql }) => sql<{ job_id: string; sha256: string | null }[]>`
      select job_id, sha256 from loom.artifacts
      where job_id = any(${jobIds}::uuid[]) and (expires_at is null or expires_at > loom.clock())
      union all select id, null from loom.jobs where id = any(${jobIds}::uuid[])`,
  )
  return rows.filter(
    (row) =>
      !named.some(({ job_id, sha256 }) => job_id === row.job_id && (sha256 ?? row.sha256) === row.sha256),
  )
}
