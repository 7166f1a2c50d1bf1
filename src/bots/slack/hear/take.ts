import { threadId } from '../../../core/thread-id.ts'
import { takeWish } from '../../desk/take.ts'
import { whyNotHere } from '../../take/refusals.ts'
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
  const { place, userId } = acting
  await takeWish(deps, acting, {
    place,
    refused: whyNotHere({ channel, external, direct: channel.startsWith('D') }, place),
    mention: {
      ...{ key, text, files: [], saidAtMs: deps.store.now(), hasHistory: true },
      thread: threadId('slack', channel, input.threadTs),
      author: { externalId: userId },
      ...(capMicroUsd === undefined ? {} : { capMicroUsd }),
    },
  })
}
