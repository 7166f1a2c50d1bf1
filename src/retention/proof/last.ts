import { acrossTenants, type Store } from '../../storage/database.ts'
import type { Proof } from './sign.ts'

/** The last proof that came to its end, for the privacy page. For any role but the worker’s. */
export async function lastProof(store: Store): Promise<Proof | undefined> {
  const [row] = await acrossTenants(
    store,
    ({ sql }) => sql<{ result: Proof }[]>`
      select result from loom_shared.policy_runs where kind = 'check' and ended_at is not null
      order by ended_at desc limit 1`,
  )
  return row?.result
}
