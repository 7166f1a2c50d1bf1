import { toLoomError } from '../../core/errors.ts'
import { audit } from '../audit.ts'
import { acrossTenants, inTenant, type Store, type TenantContext } from '../database.ts'
import { accountGone } from '../database-error.ts'
import type { Deed, DeedOf, LedgerEntry } from '../ledger/entries.ts'
import { applyObjection } from '../objections/apply.ts'
import { clearTimer, setTimer } from '../timers.ts'
import type { PostsState } from './posts.ts'
import { sealerOf, stopLiveJobs } from './stop-jobs.ts'
import { tellStopped } from './tell-stopped.ts'
import { type Counts, openTombstone } from './tombstones.ts'

/**
 * Does what an entry of the ledger says, in this database and with the keys. Idempotent, also where the account, its
 * keys or its rows are not there; what an older entry says does not undo a newer one. Receipts say what was done and do
 * nothing: what came back with a backup goes once more.
 */
export async function applyDeed(store: Store, entry: LedgerEntry): Promise<void> {
  const { deed } = entry
  try {
    await apply(store, deed, entry.seq)
  } catch (thrown) {
    // Nothing can be done for, or has to be done to, an account whose end has taken effect.
    if (toLoomError(thrown).detail !== accountGone) throw thrown
    if (deed.kind === 'tombstone') await closeDoors(store, deed.tenantId)
  }
}

async function apply(store: Store, deed: Deed, seq: number): Promise<void> {
  switch (deed.kind) {
    case 'fence':
      return fence(store, deed, seq)
    case 'undo':
      return undo(store, deed, seq)
    case 'tombstone':
      return tombstone(store, deed, seq)
    case 'forget':
      return forget(store, deed, seq)
    case 'ignore':
    case 'heed':
      return hearOrNot(store, deed)
    case 'object':
      return applyObjection(store, contextOf(deed), deed)
    case 'erased':
    case 'forgotten':
      return
    default:
      return deed satisfies never
  }
}

/** Who acts, as the ledger knows it. A person that a backup does not know yet has no row to point at. */
function contextOf({ by, tenantId }: Deed): TenantContext {
  const { identityId, kind } = by
  if (kind === 'person') {
    return { tenantId, actor: identityId ? { kind, identityId } : { kind: 'system' } }
  }
  return { tenantId, actor: { kind } }
}

const deletedWords =
  'Stopped, because this account of Loom is being deleted. If that is taken back, this does not go on by itself: ask for it again here, and Loom begins with what was finished.'
const openAgainWords =
  'This account of Loom is not deleted after all. What was stopped here did not go on: ask for it again in this thread, and Loom begins with what was finished.'

/** Nothing is accepted from now on, what runs is stopped, links are closed while the state says so. */
async function fence(store: Store, deed: DeedOf<'fence'>, seq: number): Promise<void> {
  const context = contextOf(deed)
  const { at, dueAt, reason, removePosts, tenantId } = deed
  await inTenant(store, tenantId, async (tx) => {
    const subject = { kind: 'tenant', subjectId: tenantId } as const
    const tombstoneId = await openTombstone({ store, tx }, context, {
      ...{ ...subject, reason, at, dueAt },
      counts: postsCount(removePosts),
      ledgerSeq: seq,
    })
    if (tombstoneId === undefined) return
    // Waits for whoever is being accepted at this moment, and is waited for by the next (`mustBeOpen`).
    await tx.sql`select 1 from loom.tenants for update`
    await tx.sql`update loom.tenants set state = 'fenced' where state = 'active'`
    await setTimer(tx, context, { kind: 'erasure', subjectId: tombstoneId, dueAtMs: Date.parse(dueAt) })
    await audit({ store, tx }, context, {
      action: `tenant.fence_${reason}`,
      subjectKind: 'tenant',
      subjectId: tenantId,
    })
  })
  await stopLiveJobs(store, context, { words: deletedWords })
}

function postsCount(wished: boolean | undefined): Counts {
  return wished ? { posts: 'asked' satisfies PostsState } : {}
}

async function undo(store: Store, deed: DeedOf<'undo'>, seq: number): Promise<void> {
  const context = contextOf(deed)
  const { at, tenantId } = deed
  const sealer = await sealerOf(store, tenantId)
  await inTenant(store, tenantId, async (tx) => {
    const [row] = await tx.sql<{ id: string; requested: number }[]>`
      update loom.tombstones set undone_at = ${at}::timestamptz, ledger_seq = ${seq}
      where subject_kind = 'tenant' and ledger_seq < ${seq} and tombstoned_at is null
      returning id, extract(epoch from requested_at)::float8 * 1000 as requested`
    if (!row) return
    const told = {
      sinceMs: row.requested,
      ended: deletedWords,
      text: openAgainWords,
      subject: `undone:${seq}`,
    }
    if (sealer) await tellStopped({ store, tx, sealer }, context, told)
    await tx.sql`update loom.tenants set state = 'active' where state = 'fenced'`
    await clearTimer(tx, context, { kind: 'erasure', subjectId: row.id })
    await audit({ store, tx }, context, {
      action: 'tenant.undo_delete',
      subjectKind: 'tenant',
      subjectId: tenantId,
    })
  })
}

/** From here on nothing of the account can be read any more, here or in any copy of what is here. */
async function tombstone(store: Store, deed: DeedOf<'tombstone'>, seq: number): Promise<void> {
  const context = contextOf(deed)
  const { at, tenantId } = deed
  await inTenant(store, tenantId, async (tx) => {
    const [row] = await tx.sql<{ id: string }[]>`
      update loom.tombstones
      set tombstoned_at = ${at}::timestamptz, purged_at = null, undone_at = null, ledger_seq = ${seq}
      where subject_kind = 'tenant' and ledger_seq < ${seq} returning id`
    if (!row) return
    await audit({ store, tx }, context, {
      action: 'tenant.tombstone',
      subjectKind: 'tenant',
      subjectId: tenantId,
    })
    await tx.sql`update loom.installations set tokens_sealed = null, revoked_at = coalesce(revoked_at, now())`
    await tx.sql`update loom.tenants set state = 'tombstoned'`
    // What single people wished is part of it now.
    await tx.sql`
      delete from loom.timers where tenant_id = ${tenantId} and kind = 'erasure' and subject_id <> ${row.id}`
    await setTimer(tx, context, { kind: 'erasure', subjectId: row.id, dueAtMs: store.now() })
  })
  await closeDoors(store, tenantId)
}

/** The keys, and what stands outside the tenant's wall: nobody finds the account, and nobody is called to work for it. */
async function closeDoors(store: Store, tenantId: string): Promise<void> {
  await store.vault.destroy(tenantId)
  await acrossTenants(store, async ({ sql }) => {
    await sql`delete from loom.directory where tenant_id = ${tenantId}`
    await sql`delete from loom.ready_tasks where tenant_id = ${tenantId}`
    await sql`delete from loom.due_deliveries where tenant_id = ${tenantId}`
    await sql`delete from loom.timers where tenant_id = ${tenantId} and kind <> 'erasure'`
  })
}

/** What is to be forgotten is noted; the name goes at once, the rest by `forgetStep`. */
async function forget(store: Store, deed: DeedOf<'forget'>, seq: number): Promise<void> {
  const context = contextOf(deed)
  const { at, identityId, removePosts, tenantId } = deed
  await inTenant(store, tenantId, async (tx) => {
    const tombstoneId = await openTombstone({ store, tx }, context, {
      ...{ kind: 'identity', subjectId: identityId, reason: 'request', at, dueAt: null },
      counts: postsCount(removePosts),
      ledgerSeq: seq,
    })
    if (tombstoneId === undefined) return
    await tx.sql`update loom.identities set name_sealed = null where id = ${identityId}`
    await setTimer(tx, context, { kind: 'erasure', subjectId: tombstoneId, dueAtMs: store.now() })
    await audit({ store, tx }, context, {
      action: 'person.forget',
      subjectKind: 'identity',
      subjectId: identityId,
    })
  })
}

async function hearOrNot(store: Store, deed: DeedOf<'ignore' | 'heed'>): Promise<void> {
  const context = contextOf(deed)
  const { at, identityId, kind, tenantId } = deed
  await inTenant(store, tenantId, async (tx) => {
    const changed =
      kind === 'ignore'
        ? await tx.sql`
            update loom.identities set ignored_at = ${at}::timestamptz, name_sealed = null
            where id = ${identityId} and ignored_at is null returning id`
        : await tx.sql`
            update loom.identities set ignored_at = null where id = ${identityId} and ignored_at is not null returning id`
    if (changed.length === 0) return
    await audit({ store, tx }, context, {
      action: `person.${kind}`,
      subjectKind: 'identity',
      subjectId: identityId,
    })
  })
}
