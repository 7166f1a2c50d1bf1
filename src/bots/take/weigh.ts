import { setTimeout as sleep } from 'node:timers/promises'
import { ensurePerson } from '../../storage/identities/ensure.ts'
import { wasPrompt } from '../../storage/threads/begun-by.ts'
import { type CameMessage, systemOf, type TakeDeps, type TakePlace } from './came.ts'
import { strangersWord } from './refusals.ts'
import { type Heard, hear, type Known } from './rule.ts'

export interface Weighed {
  heard: Heard
  /** The sentence for who asked, where Loom may not work on it. */
  refused?: string
  live: boolean
}

/** The first message of a thread so young may be a mention that is being taken at this moment, beside the reply. */
const youngMs = 10_000
const lookAgainMs = 300

/** What a message is to Loom in its thread. Top-level words cost no look at the database. */
export async function weigh(
  deps: TakeDeps,
  { came, place }: { came: CameMessage; place: TakePlace },
): Promise<Weighed> {
  const { said, whyNot } = came
  const known = await threadOf(deps, { came, place })
  const live = known?.live === true
  const heard = hear(said, known)
  if (said.author === 'stranger' && said.mentionsLoom)
    return { heard, refused: whyNot ?? strangersWord, live }
  if (heard !== 'nothing' && whyNot) {
    // Where Loom may not work it keeps nothing either, and speaks only to who spoke to it.
    return said.mentionsLoom || said.direct ? { heard, refused: whyNot, live } : { heard: 'nothing', live }
  }
  return { heard, live }
}

async function threadOf(
  deps: TakeDeps,
  { came, place }: { came: CameMessage; place: TakePlace },
): Promise<Known | undefined> {
  // Nothing was said before in a thread that begins with this message, unless it comes again, changed.
  if (came.rootKey === undefined && came.kind === 'said') return undefined
  const { message, thread } = came
  const context = systemOf(place)
  const look = () => deps.lookUp(context, { thread })
  const found = (await look()) ?? (isYoung(deps, came) ? await sleep(lookAgainMs).then(look) : undefined)
  if (!found) return undefined
  if (found.live) return { live: true, ownThread: false }
  if (!found.last) return undefined
  const { identityId } = await ensurePerson(deps.store, context, {
    platform: deps.platform,
    externalId: message.author.externalId,
  })
  const key = came.rootKey ?? came.key
  const ownThread =
    found.last.askedBy === identityId &&
    (came.begunByLoom === true || (await wasPrompt(deps.store, context, { thread, key })))
  return { live: false, ownThread }
}

function isYoung({ store }: TakeDeps, { begunAtMs, rootKey }: CameMessage): boolean {
  return rootKey !== undefined && store.now() - begunAtMs < youngMs
}
