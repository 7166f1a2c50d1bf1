import { z } from 'zod'
import type { MessageRef, Removal } from '../../../core/chat.ts'
import type { Pace } from '../../port/pace.ts'
import { removalOf, wholeOf } from '../../port/removal.ts'
import type { Calls } from './call.ts'
import { rateLimited } from './fault.ts'
import { parseRef } from './ref.ts'

interface Deps {
  calls: Calls
  pace: Pace
}

/** Slack takes fifty calls a minute of each of these methods in a workspace. */
const rate = { everyMs: 1_400, burst: 4, mostMs: 10_000 }

/**
 * Takes a post away: its files with the message that shows them, then its messages. A file is deleted last, since it is
 * what its message is found by. What only one person saw is gone by itself.
 */
export async function removePost(deps: Deps, ref: MessageRef): Promise<Removal> {
  const parsed = parseRef(ref)
  if (!parsed) return 'gone'
  const { channel, files, ts } = parsed
  const parts: Removal[] = []
  for (const file of files) {
    const shown = await shownAt(deps, { channel, file })
    if (shown === 'untold') parts.push('kept')
    else for (const at of shown) parts.push(await removeMessage(deps, channel, at))
    parts.push(await removed(deps, 'files.delete', { file }))
  }
  for (const at of ts) parts.push(await removeMessage(deps, channel, at))
  return wholeOf(parts)
}

function removeMessage(deps: Deps, channel: string, ts: string): Promise<Removal> {
  return removed(deps, 'chat.delete', { channel, ts })
}

async function removed(
  { calls, pace }: Deps,
  method: string,
  args: Record<string, string>,
): Promise<Removal> {
  const waitMs = await pace.turn(method, rate)
  if (waitMs > 0) throw rateLimited(method, waitMs).error
  return removalOf(await calls.attempt(method, args))
}

const shares = z.record(z.string(), z.array(z.object({ ts: z.string() })))
const info = z.object({
  file: z.object({ shares: z.object({ public: shares, private: shares }).partial().optional() }),
})

/** The messages of a channel that show a file. Where Slack does not tell Loom, one may stay. */
async function shownAt(
  { calls }: Deps,
  { channel, file }: { channel: string; file: string },
): Promise<string[] | 'untold'> {
  const outcome = await calls.attempt('files.info', { file })
  if (!outcome.ok) return removalOf(outcome) === 'gone' ? [] : 'untold'
  const found = info.safeParse(outcome.result).data?.file.shares
  return [found?.public, found?.private].flatMap((each) => each?.[channel] ?? []).map(({ ts }) => ts)
}
