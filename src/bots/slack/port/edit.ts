import { createHash } from 'node:crypto'
import type { MessageRef, OutMessage } from '../../../core/chat.ts'
import { LoomError } from '../../../core/errors.ts'
import type { ThreadId } from '../../../core/thread-id.ts'
import { createNewest, isSettling } from '../../port/newest.ts'
import type { Pace } from '../../port/pace.ts'
import { shortened } from '../../words/cut.ts'
import { escaped } from '../render/harmless.ts'
import { limits } from '../render/limits.ts'
import { plainOf } from '../render/plain.ts'
import type { Posting } from '../render/posting.ts'
import type { Calls } from './call.ts'
import { type Fault, isBlocksFault, rateLimited } from './fault.ts'
import { mustBePlace } from './place.ts'
import { metadataOf } from './post-parts.ts'
import { parseRef, type SlackRef } from './ref.ts'

export interface Edits {
  /** Shows the newest of what was asked for; a call that another one overtakes ends with it. Answers a refusal. */
  edit(
    calls: Calls,
    input: { thread: ThreadId; ref: MessageRef; message: OutMessage },
  ): Promise<Fault | undefined>
}

/** Slack takes about fifty edits a minute of an app in a workspace. What people wait for goes before what only moves. */
const updates = { everyMs: 1_400, burst: 4, mostMs: 10_000 }
const settling = { ...updates, burst: 12 }
const mostKept = 2_000

/** The edits of one installation: spaced, those of one message in their order, what changes nothing not sent. */
export function createEdits(deps: { pace: Pace; render(message: OutMessage): Posting[] }): Edits {
  const newest = createNewest()
  const shown = new Map<string, string>()

  const keyOf = (ref: SlackRef, ts: string) => `${ref.channel} ${ts}`
  const isShown = (ref: SlackRef, message: OutMessage) => {
    const postings = deps.render(message)
    return ref.ts.every((ts, part) => {
      const posting = postings[part]
      return !posting || shown.get(keyOf(ref, ts)) === digestOf(posting)
    })
  }

  const update = async (calls: Calls, ref: SlackRef, at: { ts: string; part: number }, posting: Posting) => {
    const digest = digestOf(posting)
    const key = keyOf(ref, at.ts)
    if (shown.get(key) === digest) return
    const args = { channel: ref.channel, ts: at.ts, metadata: metadataOf(ref.nonce, `${at.part}`) }
    const { blocks, text } = posting
    let outcome = await calls.attempt('chat.update', { ...args, text, blocks })
    if (!outcome.ok && isBlocksFault(outcome.fault)) {
      // One message stays one: what does not fit is cut, and seen to be.
      const plain = shortened(plainOf(posting.blocks, { addresses: true }), limits.plainText)
      outcome = await calls.attempt('chat.update', { ...args, text: escaped(plain) || text, blocks: [] })
    }
    if (!outcome.ok) throw new Refusal(outcome.fault)
    shown.set(key, digest)
    for (const old of shown.keys()) {
      if (shown.size <= mostKept) break
      shown.delete(old)
    }
  }

  const apply = async (calls: Calls, ref: SlackRef, message: OutMessage) => {
    const postings = deps.render(message)
    for (const [part, ts] of ref.ts.entries()) {
      const posting = postings[part]
      if (posting) await update(calls, ref, { ts, part }, posting)
    }
  }

  return {
    async edit(calls, { message, ref, thread }) {
      const { channel } = mustBePlace(thread)
      const parsed = parseRef(ref)
      if (!parsed || parsed.channel !== channel || parsed.ts.length === 0)
        throw new LoomError({ kind: 'not_found', message: 'That message is not in this thread.' })
      try {
        await newest.show(ref, message, {
          isShown: (latest) => isShown(parsed, latest),
          apply: (latest) => apply(calls, parsed, latest),
          async turn(latest) {
            const waitMs = await deps.pace.turn('update', isSettling(latest) ? settling : updates)
            if (waitMs > 0) throw rateLimited('chat.update', waitMs).error
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
  readonly fault: Fault
  constructor(fault: Fault) {
    super('refused')
    this.fault = fault
  }
}

function digestOf(posting: Posting): string {
  return createHash('sha256').update(JSON.stringify(posting.blocks)).digest('base64')
}
