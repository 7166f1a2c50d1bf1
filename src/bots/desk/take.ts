import type { Mention } from '../../core/brief.ts'
import { LoomError } from '../../core/errors.ts'
import type { InstallationSettings } from '../../core/installation.ts'
import type { Accepted } from '../../storage/briefs/accept.ts'
import { findThread } from '../../storage/threads/find.ts'
import { receiveMention } from '../inbox.ts'
import { informOnce } from '../inform.ts'
import { settleStanding } from './decide.ts'
import { type Acting, contextOf, type Desk } from './desk.ts'

export interface Taking {
  mention: Mention
  place: { installationId: string; settings: InstallationSettings }
  /** Why Loom may not work there, where it may not. */
  refused?: string | undefined
  /** Taken as one more word for a job that runs in the thread. */
  mayJoin?: boolean
}

/**
 * Takes what somebody asks for by a form or a command, in the thread that they point at. Returns once it is durable; the
 * same key is taken once. Throws `LoomError` with the sentence for the person, `conflict` where a job runs in the thread
 * that it may not join.
 */
export async function takeWish(desk: Desk, acting: Acting, input: Taking): Promise<Accepted> {
  const { mention, place, refused } = input
  await settleStanding(desk, acting)
  if (refused !== undefined) throw new LoomError({ kind: 'forbidden', message: refused })
  const { thread } = mention
  if (!input.mayJoin && (await findThread(desk.store, contextOf(acting), { thread }))?.live) {
    throw new LoomError({
      kind: 'conflict',
      message: 'Loom works on this thread already. Reply there to steer it.',
    })
  }
  const accepted = await receiveMention(desk, { account: acting.account, mention })
  if (accepted.kind === 'job' || accepted.kind === 'duplicate') {
    const context = { tenantId: acting.account.tenantId, actor: { kind: 'system' } } as const
    if (accepted.jobId) await informOnce(desk, context, { place, thread, jobId: accepted.jobId })
  }
  return accepted
}
