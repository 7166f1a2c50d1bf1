import type { Mention } from '../../core/brief.ts'
import { LoomError } from '../../core/errors.ts'
import type { Accepted } from '../../storage/briefs/accept.ts'
import { findThread } from '../../storage/threads/find.ts'
import { receiveMention } from '../inbox.ts'
import { settleStanding } from './decide.ts'
import { type Acting, contextOf, type Desk } from './desk.ts'

export interface Wish {
  mention: Mention
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
export async function takeWish(desk: Desk, acting: Acting, wish: Wish): Promise<Accepted> {
  const { mayJoin = false, mention, refused } = wish
  await settleStanding(desk, acting)
  if (refused !== undefined) throw new LoomError({ kind: 'forbidden', message: refused })
  const { thread } = mention
  if (!mayJoin && (await findThread(desk.store, contextOf(acting), { thread }))?.live) {
    throw new LoomError({
      kind: 'conflict',
      message: 'Loom works on this thread already. Reply there to steer it.',
    })
  }
  return receiveMention(desk, { account: acting.account, mention })
}
