import { createHash } from 'node:crypto'
import type { MessageRef, OutMessage } from '../../../core/chat.ts'
import { LoomError } from '../../../core/errors.ts'
import type { Clock } from '../../../core/ports.ts'
import { createNewest, isSettling } from '../../port/newest.ts'
import type { Pace } from '../../port/pace.ts'
import type { Posting } from '../render/posting.ts'
import type { DiscordFault, DiscordRest } from '../rest.ts'
import { rateLimited } from '../rest-fault.ts'
import { marked, markOf, parts } from './marks.ts'
import type { Place } from './place.ts'
import { nobody, showingFlags } from './post-parts.ts'
import { type DiscordRef, type Posted, parseRef } from './ref.ts'
import { renderAny } from './render-any.ts'
import type { Spots } from './spots.ts'

export interface Edits {
  /** Shows the newest of what was asked for; a call that another one overtakes ends with it. Answers a refusal. */
  edit(input: { place: Place; ref: MessageRef; message: OutMessage }): Promise<DiscordFault | undefined>
}

/** Discord takes about five edits in five seconds of a channel. What people wait for goes before what only moves. */
const updates = { everyMs: 1_100, burst: 2, mostMs: 10_000 }
const settling = { ...updates, burst: 4 }
/** A message older than an hour takes far fewer; how many is written nowhere. */
const oldMs = 3_500_000
const old = { everyMs: 30_000, mostMs: 0 }
const mostKept = 2_000

/** The edits of one installation: spaced, those of one message in their order, what changes nothing not sent. */
export function createEdits(deps: { rest: DiscordRest; pace: Pace; spots: Spots; now: Clock }): Edits {
  const newest = createNewest()
  const shown = new Map<string, string>()

  const each = (ref: DiscordRef, message: OutMessage) => {
    const postings = renderAny(message)
    return ref.messages.flatMap((at, index) => {
      const posting = postings[index]
      return posting ? [{ at, posting, part: `${parts.messages}${index}` }] : []
    })
  }

  const update = async (
    input: { ref: DiscordRef; place: Place },
    { at, part, posting }: { at: Posted; part: string; posting: Posting },
  ) => {
    const digest = digestOf(posting)
    if (shown.get(at.id) === digest) return
    const call = {
      method: 'PATCH',
      route: `/channels/${at.channel}/messages/${at.id}`,
      body: {
        components: marked(posting.components, markOf(input.ref.nonce, part)),
        flags: showingFlags,
        allowed_mentions: nobody,
      },
    } as const
    let outcome = await deps.rest.attempt(call)
    if (!outcome.ok) {
      const fault = await deps.spots.mend(input.place, outcome.fault, '')
      if (fault) throw new Refusal(fault)
      outcome = await deps.rest.attempt(call)
      if (!outcome.ok) throw new Refusal(outcome.fault)
    }
    shown.set(at.id, digest)
    for (const oldest of shown.keys()) {
      if (shown.size <= mostKept) break
      shown.delete(oldest)
    }
  }

  /** Whether what only moves waits for a later look, because its message is old. */
  const canWait = async ({ messages }: DiscordRef, message: OutMessage) => {
    const [first] = messages
    if (!first || isSettling(message) || deps.now() - postedAtMs(first.id) < oldMs) return false
    return (await deps.pace.turn(`old ${first.channel}`, old)) > 0
  }

  return {
    async edit({ message, place, ref }) {
      const parsed = parseRef(ref)
      const [first] = parsed?.messages ?? []
      if (!parsed || !first || ![place.thread, place.channel].includes(first.channel))
        throw new LoomError({ kind: 'not_found', message: 'That message is not in this thread.' })
      // An answer is posted once, and may stand there in another form.
      if (message.kind === 'answer') return undefined
      if (first.channel === place.thread) deps.spots.stands(place)
      try {
        await newest.show(ref, message, {
          isShown: (latest) =>
            each(parsed, latest).every(({ at, posting }) => shown.get(at.id) === digestOf(posting)),
          async turn(latest) {
            const waitMs = await deps.pace.turn(
              `edit ${first.channel}`,
              isSettling(latest) ? settling : updates,
            )
            if (waitMs > 0)
              throw rateLimited({ method: 'PATCH', route: '/channels/:id/messages/:id' }, waitMs).error
          },
          async apply(latest) {
            if (await canWait(parsed, latest)) return
            for (const one of each(parsed, latest)) await update({ ref: parsed, place }, one)
          },
        })
        return undefined
      } catch (thrown) {
        if (thrown instanceof Refusal) return thrown.fault
        throw thrown
      }
    },
  }
}

/** Carries a fault past what edits have in common. */
class Refusal extends Error {
  readonly fault: DiscordFault
  constructor(fault: DiscordFault) {
    super('refused')
    this.fault = fault
  }
}

function postedAtMs(id: string): number {
  return Number(BigInt(id) >> 22n) + 1_420_070_400_000
}

function digestOf(posting: Posting): string {
  return createHash('sha256').update(JSON.stringify(posting.components)).digest('base64')
}
