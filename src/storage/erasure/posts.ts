import type { MessageRef, Removal } from '../../core/chat.ts'
import type { ThreadId } from '../../core/thread-id.ts'
import type { Platform } from '../../core/words.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'
import { addCounts } from './tombstones.ts'

/** Something that Loom has posted into a chat and can find there again. */
export interface Post {
  deliveryId: string
  installationId: string
  platform: Platform
  thread: ThreadId
  ref: MessageRef
}

/** What of removing posts a receipt says: that it is wished, that all was tried, or that time ran out. */
export type PostsState = 'asked' | 'done' | 'given_up'

/**
 * Nothing more is posted or edited of what waits, of all jobs or of these: what is removed would come anew. Idempotent.
 * Answers whether somebody is at work on one at this moment; then it is to be asked again before anything is removed.
 */
export async function withdrawUnsent(
  store: Store,
  { tenantId }: TenantContext,
  input: { jobIds?: readonly string[] | undefined },
): Promise<boolean> {
  const jobIds = input.jobIds ? [...input.jobIds] : null
  return inTenant(store, tenantId, async ({ sql }) => {
    const due = sql`tenant_id = ${tenantId} and (${jobIds}::uuid[] is null or job_id = any(${jobIds}::uuid[]))`
    await sql`delete from loom.due_deliveries where ${due} and (holder is null or lease_until < now())`
    await sql`
      update loom.deliveries d set state = 'withdrawn'
      where state = 'pending' and (${jobIds}::uuid[] is null or job_id = any(${jobIds}::uuid[]))
        and not exists (select 1 from loom.due_deliveries u where u.delivery_id = d.id)`
    const held = await sql`select 1 from loom.due_deliveries where ${due} limit 1`
    return held.length > 0
  })
}

/** Some of what is still to be removed, of all jobs or of these, thread by thread. Terminals are nobody else's. */
export async function listPosts(
  store: Store,
  context: TenantContext,
  input: { limit: number; exceptInstallations: readonly string[]; jobIds?: readonly string[] | undefined },
): Promise<Post[]> {
  const { tenantId } = context
  const jobIds = input.jobIds ? [...input.jobIds] : null
  const sealer = await store.vault.sealer(tenantId, 'content')
  const rows = await inTenant(
    store,
    tenantId,
    ({ sql }) => sql<
      {
        id: string
        installation_id: string
        platform: Platform
        address: string
        ref_sealed: Uint8Array
      }[]
    >`
      select d.id, t.installation_id, t.platform, t.address, d.ref_sealed
      from loom.deliveries d join loom.threads t on t.id = d.thread_id
      where d.ref_sealed is not null and t.platform <> 'local'
        and t.installation_id <> all(${[...input.exceptInstallations]}::uuid[])
        and (${jobIds}::uuid[] is null or d.job_id = any(${jobIds}::uuid[]))
      order by d.thread_id, d.id limit ${input.limit}`,
  )
  return rows.map(({ address, id, installation_id, platform, ref_sealed }) => ({
    deliveryId: id,
    installationId: installation_id,
    platform,
    thread: address as ThreadId,
    ref: sealer.openText(`deliveries.ref:${id}`, ref_sealed),
  }))
}

/** Whether no other post of Loom's is known in the thread of this one. */
export async function isLastPost(
  store: Store,
  context: TenantContext,
  input: { deliveryId: string },
): Promise<boolean> {
  const others = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql`
      select 1 from loom.deliveries o join loom.deliveries d on d.thread_id = o.thread_id
      where d.id = ${input.deliveryId} and o.id <> d.id and o.ref_sealed is not null limit 1`,
  )
  return others.length === 0
}

const countOf = { removed: 'postsRemoved', gone: 'postsGone', kept: 'postsKept' } as const

/** A post was removed, or cannot be: it is counted, once, and not looked at again. */
export async function settlePost(
  store: Store,
  context: TenantContext,
  input: { tombstoneId: string; deliveryId: string; removal: Removal },
): Promise<void> {
  const { deliveryId, removal, tombstoneId } = input
  await inTenant(store, context.tenantId, async (tx) => {
    const settled = await tx.sql`
      update loom.deliveries set ref_sealed = null, state = 'withdrawn'
      where id = ${deliveryId} and ref_sealed is not null returning id`
    if (settled.length > 0) await addCounts(tx, { tombstoneId, counts: { [countOf[removal]]: 1 } })
  })
}

/** What is left, of all jobs or of these, is counted as not removed in time. Idempotent. */
export async function giveUpPosts(
  store: Store,
  context: TenantContext,
  input: { tombstoneId: string; jobIds?: readonly string[] | undefined },
): Promise<void> {
  const { tombstoneId } = input
  const jobIds = input.jobIds ? [...input.jobIds] : null
  await inTenant(store, context.tenantId, async (tx) => {
    const left = await tx.sql`
      update loom.deliveries d set ref_sealed = null, state = 'withdrawn'
      from loom.threads t where t.id = d.thread_id and t.platform <> 'local' and d.ref_sealed is not null
        and (${jobIds}::uuid[] is null or d.job_id = any(${jobIds}::uuid[]))
      returning d.id`
    await addCounts(tx, { tombstoneId, counts: { postsGivenUp: left.length } })
  })
}

/** Ends the removing where it was wished; what came of it stands in the receipt from now on. Idempotent. */
export async function endPosts(
  store: Store,
  context: TenantContext,
  input: { tombstoneId: string },
): Promise<void> {
  const done: PostsState = 'done'
  const givenUp: PostsState = 'given_up'
  await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql`
      update loom.tombstones
      set counts = counts || jsonb_build_object(
        'posts', case when counts ? 'postsGivenUp' then ${givenUp}::text else ${done}::text end)
      where id = ${input.tombstoneId} and counts ->> 'posts' = 'asked'`,
  )
}
