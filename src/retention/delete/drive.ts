import { erasureTimes } from '../../core/erasure-times.ts'
import { toLoomError } from '../../core/errors.ts'
import type { Processor } from '../../core/ports.ts'
import type { Store, TenantContext } from '../../storage/database.ts'
import { removesPosts, tombstoneTenant } from '../../storage/erasure/delete-tenant.ts'
import {
  claimErasures,
  type DueErasure,
  dropErasure,
  endErasure,
  lookAtErasureAgain,
} from '../../storage/erasure/due.ts'
import { eraseStep } from '../../storage/erasure/erase-step.ts'
import { forgetStep, type Progress } from '../../storage/erasure/forget-step.ts'
import { endPosts } from '../../storage/erasure/posts.ts'
import { type Counts, loadTombstone, type Tombstone } from '../../storage/erasure/tombstones.ts'
import { type RemovePostsDeps, removeAllPosts, removePosts, wishesPosts } from './remove-posts.ts'
import { tellProcessors } from './tell.ts'

export interface EraseDeps extends RemovePostsDeps {
  /** As `loom_app`: writes the ledger and forgets people. */
  store: Store
  /** As `loom_purge`: the one role that deletes all there is of an account. */
  purge: Store
  processors: readonly Processor[]
}

export interface EraseTimes {
  batch: number
  settleMs: number
  /** How long one erasure may keep a turn. */
  turnMs: number
  /** How long posts of Loom's may take to be removed, where that is wished. */
  removeMs: number
  /** How long somebody who does not answer is told again before the keys go anyway. */
  tellMs: number
}

export const eraseTimes: EraseTimes = {
  batch: 2_000,
  settleMs: erasureTimes.settleMs,
  turnMs: 10_000,
  removeMs: erasureTimes.removeMs,
  tellMs: 60 * 60_000,
}

const claimMs = 60_000
const waitMs = 5_000
const restMs = 60_000

/**
 * Goes on with what is to be erased and is due, a bounded while each. Any number of processes may call it at once; one
 * that dies is followed by another within a minute. An erasure that fails is logged and rests. Answers how many it had.
 */
export async function driveErasures(deps: EraseDeps, times: EraseTimes = eraseTimes): Promise<number> {
  const { store } = deps
  const due = await claimErasures(store, { limit: 5, claimMs })
  for (const erasure of due) {
    try {
      await drive(deps, times, erasure)
    } catch (thrown) {
      const { detail, kind } = toLoomError(thrown)
      store.log.error({ ...erasure, kind, detail }, 'an erasure does not get on')
      await lookAtErasureAgain(store, { ...erasure, dueAtMs: store.now() + restMs })
    }
  }
  return due.length
}

async function drive(deps: EraseDeps, times: EraseTimes, erasure: DueErasure): Promise<void> {
  const { purge, store } = deps
  const context: TenantContext = { tenantId: erasure.tenantId, actor: { kind: 'system' } }
  const endsAtMs = performance.now() + times.turnMs
  for (;;) {
    // Read as the purge: an account whose keys are gone lets nobody else in.
    const tombstone = await loadTombstone(purge, context, erasure)
    const open = tombstone && !tombstone.undone && tombstone.purgedAtMs === undefined
    const progress = open ? await step(deps, times, context, { tombstone, endsAtMs }) : 'over'
    if (progress === 'more' && performance.now() < endsAtMs && !deps.signal?.aborted) continue
    if (progress === 'done' && tombstone) return end(deps, context, tombstone)
    if (progress === 'over') return dropErasure(purge, erasure)
    const dueAtMs = store.now() + (progress === 'more' ? 0 : waitMs)
    return lookAtErasureAgain(store, { ...erasure, dueAtMs })
  }
}

async function step(
  deps: EraseDeps,
  times: EraseTimes,
  context: TenantContext,
  { endsAtMs, tombstone }: { tombstone: Tombstone; endsAtMs: number },
): Promise<Progress> {
  const { batch, removeMs, settleMs, tellMs } = times
  const input = { tombstone, batch, settleMs }
  const removing = { tombstoneId: tombstone.tombstoneId, endsAtMs }
  if (tombstone.kind === 'identity') {
    const untilMs = tombstone.requestedAtMs + removeMs
    const posts = (jobIds: readonly string[]) => removePosts(deps, context, { ...removing, untilMs, jobIds })
    const wished = wishesPosts(tombstone) ? { removePosts: posts } : {}
    return forgetStep(deps.store, context, { ...input, ...wished })
  }
  // What a later version opened is a later version's to do.
  if ((tombstone.kind satisfies 'tenant') !== 'tenant') return 'waits'
  if (tombstone.tombstonedAtMs !== undefined) return eraseStep(deps.purge, context, input)
  const { store } = deps
  if ((tombstone.dueAtMs ?? 0) > store.now()) return 'waits'
  // While there are keys: what is removed and told needs tokens.
  const removedMs = (tombstone.dueAtMs ?? store.now()) + (removesPosts(tombstone) ? removeMs : 0)
  const posts = wishesPosts(tombstone)
    ? await removeAllPosts(deps, context, { ...removing, untilMs: removedMs })
    : 'done'
  if (posts !== 'done') return posts
  const told = await tellProcessors(deps, context, { tombstone, untilMs: removedMs + tellMs })
  if (!told) return 'waits'
  // Whoever wrote it into the ledger and died, or undid the whole, is seen when it is looked at again.
  await tombstoneTenant(store, context)
  return 'more'
}

async function end({ store, purge }: EraseDeps, context: TenantContext, tombstone: Tombstone): Promise<void> {
  const { kind, subjectId, tombstoneId } = tombstone
  const { tenantId } = context
  if (kind === 'identity') await endPosts(store, context, { tombstoneId })
  const last = await loadTombstone(purge, context, { tombstoneId })
  const counts: Counts = last?.counts ?? {}
  const by = { kind: 'system' } as const
  await endErasure(store, context, {
    tombstoneId,
    receipt: (at) =>
      kind === 'tenant'
        ? { kind: 'erased', tenantId, at, by, counts }
        : { kind: 'forgotten', tenantId, at, by, identityId: subjectId, counts },
  })
  store.log.info({ tenantId, tombstoneId, subject: kind }, 'an erasure is complete')
}
