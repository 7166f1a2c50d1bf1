import { LoomError } from '../../../core/errors.ts'
import { threadId } from '../../../core/thread-id.ts'
import { findThread } from '../../../storage/threads/find.ts'
import { settleStanding } from '../../desk/decide.ts'
import { contextOf } from '../../desk/desk.ts'
import { receiveMention } from '../../inbox.ts'
import { informOnce } from '../take/inform.ts'
import { whyNotHere } from '../take/refusals.ts'
import { sayScheduled } from '../take/scheduled.ts'
import type { Hearing } from './deps.ts'
import type { SlackActing } from './who.ts'

interface Taking {
  channel: string
  threadTs: string
  /** The platform's identity of the wish; the same one is taken once. */
  key: string
  text: string
  capMicroUsd?: number
  /** The channel is shared with another organisation. */
  external: boolean
}

/**
 * Takes a thread that somebody points at: a brief like a mention in it, with all that was said there. Throws `LoomError`
 * with the sentence for the person, `conflict` where a job runs in it already.
 */
export async function takeThread(deps: Hearing, acting: SlackActing, input: Taking): Promise<void> {
  const { capMicroUsd, channel, external, key, text } = input
  const { account, place, userId } = acting
  await settleStanding(deps, acting)
  const refused = whyNotHere({ channel, external, direct: channel.startsWith('D') }, place)
  if (refused) throw new LoomError({ kind: 'forbidden', message: refused })
  const thread = threadId('slack', channel, input.threadTs)
  const context = contextOf(acting)
  const found = await findThread(deps.store, context, { thread })
  if (found?.live) {
    throw new LoomError({
      kind: 'conflict',
      message: 'Loom works on this thread already. Reply there to steer it.',
    })
  }
  const accepted = await receiveMention(deps, {
    account,
    mention: {
      ...{ thread, key, text, files: [], saidAtMs: deps.store.now(), hasHistory: true },
      author: { externalId: userId },
      ...(capMicroUsd === undefined ? {} : { capMicroUsd }),
    },
  })
  const system = { tenantId: account.tenantId, actor: { kind: 'system' } } as const
  if (accepted.jobId) await informOnce(deps, system, { place, thread, jobId: accepted.jobId })
  if (accepted.kind !== 'scheduled') return
  const { installationId, tenantId } = account
  await sayScheduled(deps, { tenantId, installationId, thread, userId, schedule: accepted.schedule })
}
