import type { RequestKind, RequestState } from '../../core/requests.ts'
import { inSnapshot, type Store } from '../database.ts'

export interface RequestLine {
  requestId: string
  tenantId: string
  kind: RequestKind
  state: RequestState
  /** Days since it came, whole ones. */
  days: number
  receivedAtMs: number
  dueAtMs: number
}

/**
 * The requests of all accounts, what is due first; open ones alone unless `closed`. `all` sees all rows (`loom_dump`). Ids,
 * kinds and times only.
 */
export async function listRequests(
  all: Pick<Store, 'sql'>,
  { closed, requestId }: { closed: boolean; requestId?: string },
): Promise<RequestLine[]> {
  const rows = await inSnapshot(all, ({ sql }) => {
    const one = requestId === undefined ? sql`` : sql`and id = ${requestId}`
    return sql<
      {
        id: string
        tenant_id: string
        kind: RequestKind
        state: RequestState
        days: number
        received: number
        due: number
      }[]
    >`
      select id, tenant_id, kind, state,
             floor(extract(epoch from loom.clock() - received_at) / 86400)::int as days,
             extract(epoch from received_at)::float8 * 1000 as received,
             extract(epoch from due_at)::float8 * 1000 as due
      from loom.requests where (state = 'open' or ${closed}) ${one} order by state = 'open' desc, due_at, id`
  })
  return rows.map(({ days, due, id, kind, received, state, tenant_id: tenantId }) => {
    return { requestId: id, tenantId, kind, state, days, receivedAtMs: received, dueAtMs: due }
  })
}
