import type { Log, Sealer } from '../../core/ports.ts'
import type { Store, Tx } from '../../storage/database.ts'
import { inTenant } from '../../storage/database.ts'
import type { TableKey } from '../../storage/schema/names.ts'

/** Of the whole account, or of what is one person's alone. */
export type About = { form: 'tenant' } | { form: 'person'; identityId: string }

/** Whose export is being made. All that it reads goes through here, in short transactions of that one account. */
export interface Exporting {
  store: Store
  tenantId: string
  about: About
  sealer: Sealer
  /** The person's own identities, on every platform; empty for the whole account. */
  own: ReadonlySet<string>
  /** Takes the names of others out of a text; gives it back unchanged for the whole account. */
  nameless: (text: string) => string
  /** Whether a sealed field may leave in a person's export; asked for theirs alone. */
  mayRead: (table: TableKey, column: string, row: Readonly<Record<string, unknown>>) => boolean
  log: Log
  signal?: AbortSignal
}

export const somebodyElse = 'somebody else'

export function read<T>(exporting: Exporting, work: (tx: Tx) => Promise<T>): Promise<T> {
  exporting.signal?.throwIfAborted()
  return inTenant(exporting.store, exporting.tenantId, work)
}
