import type { Store } from '../../storage/database.ts'
import { acrossTenants } from '../../storage/database.ts'
import { purgedWithinHours } from '../policy/rows.ts'
import { version } from '../policy.ts'
import { ageInWords, type ProofFinding } from './finding.ts'
import { proveKeys } from './keys.ts'
import { proveObjects } from './objects.ts'
import { proveRequests } from './requests.ts'
import { proveRows } from './rows.ts'
import { provePolicies, proveSchema } from './schema.ts'
import { type Proof, signProof } from './sign.ts'
import { proveVersion } from './version.ts'

/** What lies in the queue. */
export interface QueueLook {
  lanes: readonly { name: string; waiting: number; withData: number; oldestMs: number | undefined }[]
}

export interface CheckDeps {
  /** Acts as `loom_dump`: sees all rows, changes none, opens no key. */
  store: Store
  lookAtQueue(): Promise<QueueLook>
}

/** Walks database, objects, keys and queue, compares with the table and signs what it found. Changes nothing. */
export async function checkPolicy(deps: CheckDeps): Promise<Proof> {
  const { store } = deps
  const findings = [
    ...(await proveSchema(store)),
    ...(await provePolicies(store)),
    ...(await proveRows(store)),
    ...(await proveObjects(store)),
    ...(await proveKeys(store)),
    ...proveQueue(await deps.lookAtQueue()),
    ...(await provePurge(store)),
    ...(await proveVersion(store)),
    ...(await proveRequests(store)),
  ]
  return signProof(store.vault, {
    policy: version.number,
    checkedAt: new Date(store.now()).toISOString(),
    ok: findings.every(({ breach }) => !breach),
    findings,
  })
}

const oldestRingHours = 24

function proveQueue({ lanes }: QueueLook): ProofFinding[] {
  return lanes.map(({ name, oldestMs, waiting, withData }) => {
    const hours = (oldestMs ?? 0) / 3_600_000
    const breach = withData > 0 || hours > oldestRingHours
    const age = oldestMs === undefined ? '' : `, oldest ${ageInWords(hours)}`
    return {
      part: 'queue',
      name,
      limit: `rings that carry nothing, ${oldestRingHours} h`,
      found: `${waiting} waiting${age}${withData > 0 ? `, ${withData} with data` : ''}`,
      breach,
    }
  })
}

/** The last purge that came to its end; a Loom that is younger than a night need not have had one. */
async function provePurge(store: Store): Promise<ProofFinding[]> {
  const [row] = await acrossTenants(
    store,
    ({ sql }) => sql<{ hours: number | null; ok: boolean | null; age: number | null }[]>`
      select extract(epoch from loom.clock() - r.created_at)::float8 / 3600 as hours, r.ok,
             (select extract(epoch from loom.clock() - min(created_at))::float8 / 3600 from loom.tenants) as age
      from (select 1) one left join lateral (
        select created_at, ok from loom_shared.policy_runs where kind = 'purge' and ended_at is not null
        order by created_at desc limit 1) r on true`,
  )
  const hours = row?.hours ?? undefined
  const breach =
    hours === undefined ? (row?.age ?? 0) > purgedWithinHours + 24 : hours > purgedWithinHours || !row?.ok
  const found = hours === undefined ? 'none yet' : `${ageInWords(hours)} ago${row?.ok ? '' : ', not whole'}`
  return [{ part: 'purge', name: 'last purge', limit: 'every night', found, breach }]
}
