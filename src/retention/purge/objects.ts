import { dayMs } from '../../core/keep-days.ts'
import { objectKeys } from '../../storage/objects/keys.ts'
import { places } from '../policy/places.ts'
import { daysOf } from '../policy/rows.ts'
import { namedObjects } from '../walk/named-objects.ts'
import { blobPlace, prefixOf } from '../walk/object-place.ts'
import { batchOf, type PurgeDeps } from './deps.ts'

/** An object that is put before its row is committed is no orphan yet. */
const youngMs = dayMs

/**
 * Removes what lies in the object store and no row names: what a kill or a late writer left, uploads that never ended,
 * old versions, and what lies below a prefix with days of its own. Answers how many went.
 */
export async function purgeObjects(deps: PurgeDeps): Promise<number> {
  const { objects, now } = deps.store
  let count = await objects.tidy({ olderThanMs: (daysOf(places['objects:unfinished']) ?? 1) * dayMs })
  deps.at?.('objects:tidy')
  const doomed: string[] = []
  const among = (tenantId: string) => namedIn(deps, tenantId)
  for await (const { named, object, place } of namedObjects({ objects, among })) {
    const ageMs = now() - object.storedAtMs
    const days = place ? undefined : daysOfPrefix(object.key)
    const isOver = place ? !named && ageMs > youngMs : days !== undefined && ageMs > days * dayMs
    if (isOver && !object.isOld) doomed.push(object.key)
  }
  for (const key of doomed) {
    deps.signal?.throwIfAborted()
    count += await objects.deletePrefix(key)
  }
  return count
}

/** How long what lies below a prefix of the installation's own is kept, where the table says days and that this removes it. */
function daysOfPrefix(key: string): number | undefined {
  const row = prefixOf(key)
  return row && places[row].eraser === 'purgeObjects' ? daysOf(places[row]) : undefined
}

/** Asks for some keys of one account which of them a row names. */
export function namedIn(deps: PurgeDeps, tenantId: string) {
  return async (keys: readonly string[]): Promise<ReadonlySet<string>> => {
    const jobIds = [...new Set(keys.flatMap((key) => blobPlace(key)?.jobId ?? []))]
    const [tenants, jobs, files] = await batchOf(deps, tenantId, ({ sql }) =>
      Promise.all([
        sql`select 1 from loom.tenants where tenant_id = ${tenantId}`,
        sql<{ id: string }[]>`select id from loom.jobs where id = any(${jobIds}::uuid[])`,
        sql<{ job_id: string; sha256: string }[]>`
          select job_id, sha256 from loom.artifacts where job_id = any(${jobIds}::uuid[])`,
      ]),
    )
    if (tenants.length === 0) return new Set()
    const alive = new Set(jobs.map(({ id }) => id))
    const kept = new Set(files.map((file) => objectKeys.blob({ tenantId, jobId: file.job_id }, file.sha256)))
    return new Set(keys.filter((key) => alive.has(blobPlace(key)?.jobId ?? '') || kept.has(key)))
  }
}
