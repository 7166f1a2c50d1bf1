import { LoomError } from '../../core/errors.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'
import { actorOf } from '../ledger/entries.ts'
import { recordDeed } from '../ledger/follow.ts'
import { citing } from './citing.ts'
import { loadTombstone } from './tombstones.ts'

/** What a person would take with them, counted as it is now. */
export interface Forgettable {
  messages: number
  briefs: number
  /** Of these briefs, those that run now: they would be stopped. */
  running: number
  files: number
  schedules: number
}

/**
 * Has what a person wrote in this account forgotten: their messages with every transcript, result, file and delivery of
 * the briefs that cite them (`citing`), and the briefs that recur at their word. Written into the ledger first, so that a
 * restored backup forgets it too; the rest is done by `forgetStep`. With `removePosts` what Loom posted for briefs of their
 * own goes from the chats too. Asked again, it takes what came since. Throws `not_found`.
 */
export async function forgetPerson(
  store: Store,
  context: TenantContext,
  input: { identityId: string; removePosts?: boolean },
): Promise<void> {
  const { identityId } = input
  const { tenantId } = context
  await recordDeed(store, async (nowMs) => {
    await mustBeThere(store, context, identityId)
    const before = await loadTombstone(store, context, { kind: 'identity', subjectId: identityId })
    const removePosts = input.removePosts || before?.counts.posts === 'asked'
    const at = new Date(nowMs).toISOString()
    const wish = removePosts ? { removePosts: true as const } : {}
    return { kind: 'forget', tenantId, identityId, at, by: actorOf(context), ...wish }
  })
}

/** What `forgetPerson` would take now. */
export async function weighForgetting(
  store: Store,
  context: TenantContext,
  input: { identityId: string },
): Promise<Forgettable> {
  const { identityId } = input
  return inTenant(store, context.tenantId, async (tx) => {
    const [row] = await tx.sql<Forgettable[]>`
      ${citing(tx, { identityId, untilMs: store.now() + aDayMs })}
      select (select count(*)::int from theirs) as messages,
             (select count(*)::int from citing) as briefs,
             (select count(*)::int from citing c join loom.jobs j on j.brief_id = c.brief_id where j.ended_at is null) as running,
             (select count(*)::int from loom.artifacts a where a.job_id in (
                select j.id from citing c join loom.jobs j on j.brief_id = c.brief_id
                union select p.job_id from loom.job_people p where p.identity_id = ${identityId})) as files,
             (select count(*)::int from loom.schedules where created_by = ${identityId}) as schedules`
    return row ?? { messages: 0, briefs: 0, running: 0, files: 0, schedules: 0 }
  })
}

/** All there is, also by a database whose clock is ahead. */
const aDayMs = 24 * 60 * 60 * 1000

export async function mustBeThere(store: Store, context: TenantContext, identityId: string): Promise<void> {
  const rows = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql`select 1 from loom.identities where id = ${identityId}`,
  )
  if (rows.length > 0) return
  throw new LoomError({ kind: 'not_found', message: 'Loom does not know this person.' })
}
