import { objectKeys } from '../../storage/objects/keys.ts'
import { batchOf, type PurgeDeps } from './deps.ts'

/** The hashes of files that outlive their jobs, by job: starred ones, and those whose time is not over. */
export async function keptHashes(
  deps: PurgeDeps,
  tenantId: string,
  jobIds: readonly string[],
): Promise<Map<string, ReadonlySet<string>>> {
  if (jobIds.length === 0) return new Map()
  const rows = await batchOf(
    deps,
    tenantId,
    ({ sql }) => sql<{ job_id: string; sha256: string }[]>`
      select job_id, sha256 from loom.artifacts
      where job_id = any(${jobIds as string[]}::uuid[]) and (expires_at is null or expires_at > loom.clock())`,
  )
  const byJob = Map.groupBy(rows, (row) => row.job_id)
  return new Map([...byJob].map(([jobId, own]) => [jobId, new Set(own.map(({ sha256 }) => sha256))]))
}

/**
 * Removes the objects of a job whose time is over, all versions, but those that are kept. Before its rows: while those
 * are there the next purge finds it again, and nobody reads what does not exist any more.
 */
export async function dropJobObjects(
  { store }: PurgeDeps,
  job: { tenantId: string; jobId: string; kept: ReadonlySet<string> | undefined },
): Promise<void> {
  const prefix = objectKeys.job(job)
  if (!job.kept || job.kept.size === 0) {
    await store.objects.deletePrefix(prefix)
    return
  }
  const isKept = new Set([...job.kept].map((sha256) => objectKeys.blob(job, sha256)))
  const keys = new Set<string>()
  for await (const { key } of store.objects.list(prefix)) if (!isKept.has(key)) keys.add(key)
  for (const key of keys) await store.objects.deletePrefix(key)
}
