import { LoomError, toLoomError } from '../../core/errors.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'
import { accountGone } from '../database-error.ts'
import { actorOf, type DeletionReason, deletionReasons } from '../ledger/entries.ts'
import { recordDeed } from '../ledger/follow.ts'
import { loadTombstone, type Tombstone } from './tombstones.ts'

/** What is known of an account's deletion; `undefined` where nobody asked for one. */
export async function loadDeletion(store: Store, context: TenantContext): Promise<Tombstone | undefined> {
  return loadTombstone(store, context, { kind: 'tenant', subjectId: context.tenantId })
}

/**
 * Fences an account at once: its jobs are stopped, nothing is accepted, its links are closed. It is erased from `undoMs`
 * on unless that is undone; with `removePosts` what Loom posted into chats is removed before. Asked again it stays as it
 * is, unless it is to go sooner or posts are to go too. Who may is the caller's to know.
 * Answers when it goes. Throws `not_found`, and `conflict` for one that is being erased already.
 */
export async function requestDeletion(
  store: Store,
  context: TenantContext,
  input: { reason: DeletionReason; undoMs: number; removePosts?: boolean },
): Promise<{ dueAtMs: number; removesPosts: boolean }> {
  const { tenantId } = context
  await recordDeed(store, async (nowMs) => {
    const { deletion } = await stateOf(store, context)
    const open = deletion?.undone === false ? deletion : undefined
    if (open && open.tombstonedAtMs !== undefined) throw goneAlready()
    const dueAtMs = Math.min(nowMs + input.undoMs, open?.dueAtMs ?? Number.POSITIVE_INFINITY)
    const isSooner = open === undefined || dueAtMs < (open.dueAtMs ?? 0)
    const wished = open !== undefined && removesPosts(open)
    if (!isSooner && (wished || !input.removePosts)) return undefined
    return {
      kind: 'fence',
      tenantId,
      at: new Date(nowMs).toISOString(),
      by: actorOf(context),
      reason: isSooner ? input.reason : (deletionReasons.find((one) => one === open.reason) ?? input.reason),
      dueAt: new Date(dueAtMs).toISOString(),
      ...(wished || input.removePosts ? { removePosts: true as const } : {}),
    }
  })
  const deletion = await loadDeletion(store, context)
  return {
    dueAtMs: deletion?.dueAtMs ?? store.now(),
    removesPosts: deletion !== undefined && removesPosts(deletion),
  }
}

/** Whether it was wished that what Loom posted is removed before. */
export function removesPosts({ counts }: Pick<Tombstone, 'counts'>): boolean {
  return counts.posts !== undefined
}

/** Takes a deletion back while it can be: the account works again. Answers `false` where none was asked for. Throws `conflict`. */
export async function undoDeletion(store: Store, context: TenantContext): Promise<boolean> {
  const { tenantId } = context
  const undone = await recordDeed(store, async (nowMs) => {
    const deletion = await loadDeletion(store, context)
    if (!deletion || deletion.undone) return undefined
    if (deletion.tombstonedAtMs !== undefined || (deletion.dueAtMs ?? 0) <= nowMs) throw goneAlready()
    return { kind: 'undo', tenantId, at: new Date(nowMs).toISOString(), by: actorOf(context) }
  })
  return undone !== undefined
}

/** The point of no return, once the time to undo is over: keys are destroyed. Answers whether it has come. */
export async function tombstoneTenant(store: Store, context: TenantContext): Promise<boolean> {
  const { tenantId } = context
  const done = await recordDeed(store, async (nowMs) => {
    // Whoever wrote it into the ledger and died has had it done by following, and nobody looks into the account any more.
    const deletion = await loadDeletion(store, context).catch(unlessGone)
    if (!deletion || deletion.undone || deletion.tombstonedAtMs !== undefined) return undefined
    if ((deletion.dueAtMs ?? 0) > nowMs) return undefined
    return { kind: 'tombstone', tenantId, at: new Date(nowMs).toISOString(), by: { kind: 'system' } }
  })
  return done !== undefined
}

function unlessGone(thrown: unknown): undefined {
  if (toLoomError(thrown).detail === accountGone) return undefined
  throw thrown
}

async function stateOf(store: Store, context: TenantContext): Promise<{ deletion: Tombstone | undefined }> {
  const rows = await inTenant(store, context.tenantId, ({ sql }) => sql`select state from loom.tenants`)
  if (rows.length === 0) throw new LoomError({ kind: 'not_found', message: 'There is no such account.' })
  return { deletion: await loadDeletion(store, context) }
}

function goneAlready(): LoomError {
  return new LoomError({
    kind: 'conflict',
    message: 'The time to undo is over: this account is being erased.',
    retryable: false,
  })
}
