import type { HeldDelivery } from '../../core/chat.ts'
import { isEnded, type JobState } from '../../core/job-states.ts'
import type { ThreadId } from '../../core/thread-id.ts'
import type { DeliveryKind, Platform } from '../../core/words.ts'
import { acrossTenants, inTenant, type Store } from '../database.ts'

export interface DueDelivery {
  deliveryId: string
  tenantId: string
  /** Somebody had claimed it and is gone: the platform may have taken the message. */
  retaken?: true
}

/**
 * Claims deliveries that are due on a platform, oldest first; with `threadHashes`, only those of these threads. A
 * claim that is neither settled nor renewed within `leaseMs` can be claimed again.
 */
export async function claimDeliveries(
  store: Store,
  input: {
    platform: Platform
    threadHashes?: readonly Buffer[]
    holder: string
    limit: number
    leaseMs: number
  },
): Promise<DueDelivery[]> {
  const rows = await acrossTenants(store, ({ sql }) => {
    const mine = input.threadHashes
      ? sql`and thread_hash = any(${sql.array([...input.threadHashes], 1001)}::bytea[])`
      : sql``
    return sql<{ delivery_id: string; tenant_id: string; retaken: boolean }[]>`
      with due as (
        select delivery_id, holder is not null as retaken from loom.due_deliveries
        where platform = ${input.platform} and due_at <= now() and (holder is null or lease_until < now()) ${mine}
        order by due_at limit ${input.limit} for update skip locked
      )
      update loom.due_deliveries d
      set holder = ${input.holder}, lease_until = now() + ${input.leaseMs} * interval '1 millisecond'
      from due where d.delivery_id = due.delivery_id
      returning d.delivery_id, d.tenant_id, due.retaken`
  })
  return rows.map((row) => ({
    deliveryId: row.delivery_id,
    tenantId: row.tenant_id,
    ...(row.retaken ? { retaken: true } : {}),
  }))
}

export type LoadedDelivery = HeldDelivery & {
  /** What it is about, where a job has several of its kind: a question's or an approval's id. */
  subject: string
  text: string | undefined
  /** The platform's id of the one person who is to see it. */
  onlyFor: string | undefined
  shownSeq: number
  eventSeq: number
  jobEnded: boolean
}

/** A claimed delivery with what is needed to send it; `undefined` when it is no longer there. */
export async function loadDelivery(store: Store, due: DueDelivery): Promise<LoadedDelivery | undefined> {
  const sealer = await store.vault.sealer(due.tenantId, 'content')
  return inTenant(store, due.tenantId, async ({ sql }) => {
    const [row] = await sql<
      {
        id: string
        job_id: string | null
        installation_id: string
        address: string
        kind: DeliveryKind
        subject: string
        body_sealed: Uint8Array | null
        ref_sealed: Uint8Array | null
        attempts: number
        shown_seq: number
        event_seq: number | null
        state: JobState | null
      }[]
    >`
      select d.id, d.job_id, t.installation_id, t.address, d.kind, d.subject, d.body_sealed, d.ref_sealed, d.attempts,
             d.shown_seq::float8 as shown_seq, j.event_seq::float8 as event_seq, j.state
      from loom.deliveries d join loom.threads t on t.id = d.thread_id left join loom.jobs j on j.id = d.job_id
      where d.id = ${due.deliveryId}`
    if (!row) return undefined
    return {
      id: row.id,
      tenantId: due.tenantId,
      jobId: row.job_id ?? undefined,
      installationId: row.installation_id,
      thread: row.address as ThreadId,
      kind: row.kind,
      subject: row.subject,
      ref: row.ref_sealed ? sealer.openText(`deliveries.ref:${row.id}`, row.ref_sealed) : undefined,
      ...wordsOf(
        row.job_id,
        row.body_sealed && sealer.openText(`deliveries.body:${row.id}`, row.body_sealed),
      ),
      attempts: row.attempts,
      shownSeq: row.shown_seq,
      eventSeq: row.event_seq ?? 0,
      jobEnded: row.state === null || isEnded(row.state),
    }
  })
}

/** A word without a job says whom it is for beside its text. */
function wordsOf(jobId: string | null, body: string | null): Pick<LoadedDelivery, 'text' | 'onlyFor'> {
  if (jobId !== null || body === null) return { text: body ?? undefined, onlyFor: undefined }
  const { onlyFor, text } = JSON.parse(body) as { text: string; onlyFor?: string }
  return { text, onlyFor }
}
