import { inTenant, onceAcrossTenants, type Store, type TenantContext } from '../database.ts'
import { claimTimers } from '../timers.ts'

export interface DueNotice {
  tenantId: string
  noticeId: string
}

/**
 * Claims notices of all accounts that are to be sent now, for `claimMs`: no other process sends them meanwhile. What its
 * claimer has not settled by then is claimed again. Ids only.
 */
export async function claimNotices(
  store: Store,
  input: { limit: number; claimMs: number },
): Promise<DueNotice[]> {
  const due = await claimTimers(store, { kind: 'notice', ...input })
  return due.map(({ subjectId, tenantId }) => ({ tenantId, noticeId: subjectId }))
}

/** Whether any notice is still to be sent, now or later. */
export async function areNoticesOpen(store: Store): Promise<boolean> {
  const [row] = await onceAcrossTenants(
    store,
    (sql) => sql<{ some: boolean }[]>`select exists (select from loom.timers where kind = 'notice') as some`,
  )
  return row?.some === true
}

export interface LoadedNotice {
  version: number
  memberId: string
  attempts: number
  name: string | undefined
  /** As it is now; `undefined` where Loom keeps none, or the member was removed. */
  address: string | undefined
}

/** A notice that is still to be sent, with where to; `undefined` when it is not to be sent any more. */
export async function loadNotice(
  store: Store,
  context: TenantContext,
  { noticeId }: { noticeId: string },
): Promise<LoadedNotice | undefined> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  const [row] = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql<
      {
        version: number
        member_id: string
        attempts: number
        name: Uint8Array | null
        email: Uint8Array | null
      }[]
    >`
      select n.version, n.member_id, n.attempts, m.name_sealed as name, m.email_sealed as email
      from loom.notices n
      left join loom.members m on m.tenant_id = n.tenant_id and m.id = n.member_id and m.removed_at is null
      where n.id = ${noticeId} and n.state = 'open'`,
  )
  if (!row) return undefined
  const { attempts, email, member_id: memberId, name, version } = row
  const open = (field: 'name' | 'email', sealed: Uint8Array | null) =>
    sealed ? sealer.openText(`members.${field}:${memberId}`, sealed) : undefined
  return { version, memberId, attempts, name: open('name', name), address: open('email', email) }
}
