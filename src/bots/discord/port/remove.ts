import { z } from 'zod'
import type { MessageRef, Removal } from '../../../core/chat.ts'
import type { Clock } from '../../../core/ports.ts'
import type { Pace } from '../../port/pace.ts'
import { removalOf, wholeOf } from '../../port/removal.ts'
import { look } from '../readable.ts'
import type { DiscordFault, DiscordRest } from '../rest.ts'
import { rateLimited } from '../rest-fault.ts'
import { momentOf } from '../snowflake.ts'
import type { Place } from './place.ts'
import { type Posted, parseRef } from './ref.ts'

interface Deps {
  rest: DiscordRest
  pace: Pace
  now: Clock
}

/** Discord takes about five in a second of a channel, and of messages older than two weeks thirty in two minutes. */
const young = { everyMs: 250, burst: 2, mostMs: 10_000 }
const old = { everyMs: 4_100, mostMs: 10_000 }
const oldMs = 14 * 24 * 60 * 60_000

const unknownChannel = 10_003
const archived = 50_083

/** Takes a post away, its files with their messages. An archived thread is woken for it. */
export async function removePost(deps: Deps, ref: MessageRef): Promise<Removal> {
  const parts: Removal[] = []
  for (const message of parseRef(ref)?.messages ?? []) parts.push(await removeMessage(deps, message))
  return wholeOf(parts)
}

async function removeMessage(deps: Deps, message: Posted): Promise<Removal> {
  const first = await attempt(deps, message)
  const isAsleep = !first.ok && first.fault.code === archived && (await wake(deps, message.channel))
  const outcome = isAsleep ? await attempt(deps, message) : first
  // With a channel its messages went.
  return isGone(outcome) ? 'gone' : removalOf(outcome)
}

async function attempt({ now, pace, rest }: Deps, { channel, id }: Posted) {
  const call = { method: 'DELETE', route: `/channels/${channel}/messages/${id}` } as const
  const isOld = now() - momentOf(id) > oldMs
  const waitMs = await pace.turn(`delete ${isOld ? 'old ' : ''}${channel}`, isOld ? old : young)
  if (waitMs > 0) throw rateLimited(call, waitMs).error
  return rest.attempt(call)
}

/** Answers whether it is awake. Throws what passes. */
async function wake({ rest }: Deps, thread: string): Promise<boolean> {
  const route = `/channels/${thread}` as const
  const outcome = await rest.attempt({ method: 'PATCH', route, body: { archived: false } })
  if (!outcome.ok && outcome.fault.error.retryable) throw outcome.fault.error
  return outcome.ok
}

function isGone(outcome: { ok: true } | { ok: false; fault: DiscordFault }): boolean {
  return !outcome.ok && outcome.fault.code === unknownChannel
}

const message = z.object({ author: z.object({ id: z.string() }) })
const thread = z.object({ owner_id: z.string(), name: z.string() })
const bareName = 'Loom'

/**
 * What Loom put into a thread besides its posts: the message with which it let the thread begin, and the thread's name,
 * which says what was asked. What is another's stays.
 */
export async function clearThread(deps: Deps & { selfId: string }, place: Place): Promise<Removal> {
  if (place.thread === place.channel) return 'gone'
  const { rest, selfId } = deps
  const starter = { channel: place.channel, id: place.thread }
  const posted = await look(rest, `/channels/${starter.channel}/messages/${starter.id}`, message)
  const parts = posted?.author.id === selfId ? [await removeMessage(deps, starter)] : []
  const begun = await look(rest, `/channels/${place.thread}`, thread)
  if (begun?.owner_id === selfId && begun.name !== bareName) parts.push(await unname(deps, place.thread))
  return wholeOf(parts)
}

async function unname(deps: Deps, id: string): Promise<Removal> {
  const call = { method: 'PATCH', route: `/channels/${id}`, body: { name: bareName } } as const
  const first = await deps.rest.attempt(call)
  const isAsleep = !first.ok && first.fault.code === archived && (await wake(deps, id))
  const outcome = isAsleep ? await deps.rest.attempt(call) : first
  return isGone(outcome) ? 'gone' : removalOf(outcome)
}
