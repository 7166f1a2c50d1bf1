import { dayMs } from '../../core/keep-days.ts'
import { acrossTenants, type Store } from '../../storage/database.ts'
import { objectKeys } from '../../storage/objects/keys.ts'
import { type PlaceName, places } from '../policy/places.ts'
import { daysOf, purgedWithinHours } from '../policy/rows.ts'
import { namedObjects, type WalkedObject } from '../walk/named-objects.ts'
import { blobPlace, prefixOf } from '../walk/object-place.ts'
import type { ProofFinding } from './finding.ts'

const files = 'objects:<tenant>/<job>/blobs/' satisfies PlaceName
const nightMs = purgedWithinHours * 3_600_000

/** Walks the object store and looks for what no row names, what lies too long and what lies where nothing should. */
export async function proveObjects(store: Store): Promise<ProofFinding[]> {
  const counts = new Map<string, { there: number; wrong: number }>()
  const count = (name: string, wrong: boolean) => {
    const so = counts.get(name) ?? { there: 0, wrong: 0 }
    counts.set(name, { there: so.there + 1, wrong: so.wrong + (wrong ? 1 : 0) })
  }
  for await (const walked of namedObjects({ objects: store.objects, among: (id) => namedIn(store, id) })) {
    const { name, wrong } = judge(walked, store.now())
    count(name, wrong)
  }
  for (const name of [files, 'objects:unfinished'])
    if (!counts.has(name)) counts.set(name, { there: 0, wrong: 0 })
  return [...counts].map(([name, { there, wrong }]) => ({
    part: 'objects',
    name: name.replace('objects:', ''),
    limit: limitOf(name),
    found: wrong === 0 ? `${there} there` : `${there} there, ${wrong} that should not be`,
    breach: wrong > 0,
  }))
}

function judge({ named, object, place }: WalkedObject, nowMs: number): { name: string; wrong: boolean } {
  const ageMs = nowMs - object.storedAtMs
  const over = (days: number) => ageMs > days * dayMs + nightMs
  if (object.isOld) return { name: 'objects:unfinished', wrong: over(1) }
  // An object is put before its row is committed, and one without a row goes the night after its first day.
  if (place) return { name: files, wrong: !named && over(1) }
  const row = prefixOf(object.key)
  if (!row) return { name: 'objects:of no name', wrong: true }
  const days = daysOf(places[row])
  return { name: row, wrong: days !== undefined && over(days) }
}

function limitOf(name: string): string {
  if (name === files) return 'each named by a row that is kept'
  if (name === 'objects:of no name') return 'nothing'
  const days = daysOf(places[name as PlaceName])
  return days === undefined ? 'kept' : `${days} d, gone the next night`
}

/** Which of one account's keys a row names that is still kept. */
function namedIn(store: Store, tenantId: string) {
  return async (keys: readonly string[]): Promise<ReadonlySet<string>> => {
    const jobIds = [...new Set(keys.flatMap((key) => blobPlace(key)?.jobId ?? []))]
    const [jobs, artifacts] = await acrossTenants(store, ({ sql }) =>
      Promise.all([
        sql<{ id: string }[]>`
        select id from loom.jobs where tenant_id = ${tenantId} and id = any(${jobIds}::uuid[])
          and created_at > loom.clock() - ${daysInHours(files)} * interval '1 hour'`,
        sql<{ job_id: string; sha256: string }[]>`
        select job_id, sha256 from loom.artifacts where tenant_id = ${tenantId} and job_id = any(${jobIds}::uuid[])
          and (expires_at is null or expires_at > loom.clock() - ${purgedWithinHours} * interval '1 hour')`,
      ]),
    )
    const alive = new Set(jobs.map(({ id }) => id))
    const kept = new Set(
      artifacts.map((file) => objectKeys.blob({ tenantId, jobId: file.job_id }, file.sha256)),
    )
    return new Set(keys.filter((key) => alive.has(blobPlace(key)?.jobId ?? '') || kept.has(key)))
  }
}

function daysInHours(name: PlaceName): number {
  return (daysOf(places[name]) ?? 0) * 24 + purgedWithinHours
}
