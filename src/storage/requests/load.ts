import type { RequestKind, RequestState } from '../../core/requests.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

export interface LoadedRequest {
  kind: RequestKind
  state: RequestState
  contact: string | undefined
  identityId: string | undefined
  receivedAtMs: number
  dueAtMs: number
  answeredAtMs: number | undefined
  answer: { text?: string; by?: string } | undefined
}

interface Row {
  kind: RequestKind
  state: RequestState
  contact: Uint8Array | null
  identity_id: string | null
  received: number
  due: number
  answered: number | null
  answer: Uint8Array | null
}

/** A request, opened; `undefined` where there is none of that id. */
export async function loadRequest(
  store: Store,
  context: TenantContext,
  { requestId }: { requestId: string },
): Promise<LoadedRequest | undefined> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  const [row] = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql<Row[]>`
      select kind, state, contact_sealed as contact, identity_id, answer_sealed as answer,
             extract(epoch from received_at)::float8 * 1000 as received,
             extract(epoch from due_at)::float8 * 1000 as due,
             extract(epoch from answered_at)::float8 * 1000 as answered
      from loom.requests where id = ${requestId}`,
  )
  if (!row) return undefined
  const open = (field: 'contact' | 'answer', sealed: Uint8Array | null) =>
    sealed ? sealer.openText(`requests.${field}:${requestId}`, sealed) : undefined
  const answer = open('answer', row.answer)
  return {
    kind: row.kind,
    state: row.state,
    contact: open('contact', row.contact),
    identityId: row.identity_id ?? undefined,
    receivedAtMs: row.received,
    dueAtMs: row.due,
    answeredAtMs: row.answered ?? undefined,
    answer: answer === undefined ? undefined : (JSON.parse(answer) as { text?: string; by?: string }),
  }
}
