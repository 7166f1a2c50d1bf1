import type { Mention } from '../../core/brief.ts'
import { LoomError } from '../../core/errors.ts'
import type { Accepted } from '../../storage/briefs/accept.ts'
import { findThread } from '../../storage/threads/find.ts'
import { receiveMention } from '../inbox.ts'
import { systemOf, type TakeDeps, type TakePlace } from '../take/came.ts'
import { sayScheduled } from '../take/scheduled.ts'
import { settleStanding } from './decide.ts'
import { type Acting, contextOf } from './desk.ts'

export interface Wish {
  mention: Mention
  place: TakePlace
  /** Why Loom may not work there, where it may not. */
  refused?: string | undefined
  /** Taken as one more word for a job that runs in the thread already. */
  mayJoin?: boolean
}

/**
 * Takes what somebody asks for by a form or a command, in the thread that they point at. Returns once it is durable; the
 * same key is taken once. Throws `LoomError` with the sentence for the person, `conflict` where a job runs in the thread
 * that it may not join.
 */
export async function takeWish(deps: TakeDeps, acting: Acting, wish: Wish): Promise<Accepted> {
  const { mayJoin = false, mention, place, refused } = wish
  await settleStanding(deps, acting)
  if (refused !== undefined) throw new LoomError({ kind: 'forbidden', message: refused })
  const { author, thread } = mention
  if (!mayJoin && (await findThread(deps.store, contextOf(acting), { thread }))?.live) {
    throw new LoomError({
      kind: 'conflict',
      message: 'Loom works on this thread already. Reply there to steer it.',
    })
  }
  const { account } = acting
  const accepted = await receiveMention(deps, { account, mention })
  const begun = accepted.kind === 'job' || accepted.kind === 'duplicate' ? accepted.jobId : undefined
  if (begun !== undefined) await deps.inform(systemOf(account), { place, thread, jobId: begun })
  if (accepted.kind === 'scheduled') {
    const { schedule } = accepted
    await sayScheduled(deps, { ...account, thread, userId: author.externalId, schedule })
  }
  return accepted
}
