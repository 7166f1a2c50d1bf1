import { dayMs, keepDays } from '../../core/keep-days.ts'
import type { ThreadId } from '../../core/thread-id.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { openDelivery } from '../deliveries/open.ts'
import { clearTimer, setTimer } from '../timers.ts'

interface Settling {
  exportId: string
  /** What the person is told, and nobody else. */
  text: string
}

/**
 * The ZIP is in the object store: it opens for a day, and whoever asked is told once, in the thread in which they asked.
 * Answers `false` where it is not waited for any more; then nothing was written.
 */
export async function markExportMade(
  store: Store,
  context: TenantContext,
  input: Settling & { bytes: number },
): Promise<boolean> {
  const { bytes, exportId } = input
  const now = new Date(store.now()).toISOString()
  return settle(store, context, input, async (tx) => {
    const [row] = await tx.sql<Row[]>`
      update loom.exports set state = 'made', bytes = ${bytes}::bigint, made_at = ${now}::timestamptz
      where id = ${exportId} and state = 'asked' returning identity_id, thread_id`
    if (!row) return undefined
    const dueAtMs = store.now() + keepDays.export * dayMs
    await setTimer(tx, context, { kind: 'export', subjectId: exportId, dueAtMs })
    return row
  })
}

/** It could not be made: whoever asked is told, and may ask anew. Answers `false` where it is not waited for any more. */
export async function markExportFailed(
  store: Store,
  context: TenantContext,
  input: Settling,
): Promise<boolean> {
  const { exportId } = input
  return settle(store, context, input, async (tx) => {
    const [row] = await tx.sql<Row[]>`
      update loom.exports set state = 'failed' where id = ${exportId} and state = 'asked'
      returning identity_id, thread_id`
    if (row) await clearTimer(tx, context, { kind: 'export', subjectId: exportId })
    return row
  })
}

interface Row {
  identity_id: string
  thread_id: string | null
}

async function settle(
  store: Store,
  context: TenantContext,
  { exportId, text }: Settling,
  change: (tx: Tx) => Promise<Row | undefined>,
): Promise<boolean> {
  const { tenantId } = context
  const sealer = await store.vault.sealer(tenantId, 'content')
  return inTenant(store, tenantId, async (tx) => {
    const row = await change(tx)
    if (!row) return false
    await audit({ store, tx }, context, {
      action: 'export.settled',
      subjectKind: 'export',
      subjectId: exportId,
    })
    const [place] = await tx.sql<{ address: ThreadId; external: Uint8Array }[]>`
      select t.address, i.external_sealed as external from loom.threads t, loom.identities i
      where t.id = ${row.thread_id} and i.id = ${row.identity_id} and i.platform = t.platform`
    if (!place || row.thread_id === null) return true
    const onlyFor = sealer.openText(`identities.external:${row.identity_id}`, place.external)
    await openDelivery(
      { store, tx, sealer },
      {
        ...{ tenantId, threadId: row.thread_id, address: place.address, kind: 'notice' },
        subject: `export:${exportId}`,
        text: JSON.stringify({ text, onlyFor }),
      },
    )
    return true
  })
}
