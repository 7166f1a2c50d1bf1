import { dayMs } from '../../core/keep-days.ts'
import { acrossTenants, type Store } from '../../storage/database.ts'
import { isDumpId } from '../../storage/dump/names.ts'
import type { ProofFinding } from './finding.ts'

/** Looks for keys of accounts that are gone: with them their content in old copies could still be read. */
export async function proveKeys(store: Store): Promise<ProofFinding[]> {
  // A dump has a key of its own among them, which goes with the dump.
  const keyed = (await store.vault.tenants()).filter((id) => !isDumpId(id))
  const rows = await acrossTenants(
    store,
    ({ sql }) => sql<{ tenant_id: string; state: string }[]>`select tenant_id, state from loom.tenants`,
  )
  const states = new Map(rows.map((row) => [row.tenant_id, row.state]))
  // An account's keys are made a moment before its row; its id says when.
  const wrong = keyed.filter((tenantId) => {
    const state = states.get(tenantId)
    return state === undefined ? store.now() - madeAtMs(tenantId) > dayMs : state === 'tombstoned'
  })
  return [
    {
      part: 'keys',
      name: 'accounts with keys',
      limit: 'accounts that are there',
      found: `${keyed.length}${wrong.length > 0 ? `, ${wrong.length} of accounts that are gone` : ''}`,
      breach: wrong.length > 0,
    },
  ]
}

/** The moment that a UUIDv7 begins with. */
function madeAtMs(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
}
