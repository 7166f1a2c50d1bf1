import type { OutMessage } from '../../../core/chat.ts'
import type { Log } from '../../../core/ports.ts'
import type { ThreadId } from '../../../core/thread-id.ts'
import type { DiscordFault, DiscordRest } from '../rest.ts'
import { tellAsker } from './direct.ts'
import type { Place } from './place.ts'
import type { Sending } from './post-parts.ts'
import type { Spots } from './spots.ts'

export interface TellingDeps {
  rest: DiscordRest
  spots: Spots
  log: Log
  /** Discord's id of whoever asked last in the thread. */
  askerOf: (thread: ThreadId) => Promise<string | undefined>
  /** Told of a thread that was deleted; answers whether whoever asked there is told of it already. */
  gone: (place: Place) => Promise<boolean>
  /** Told where Loom is not let in: it may have been removed from the whole server. */
  shutOut: () => Promise<void>
  /** Threads of which whoever asked was told, by themselves and by the kind of message. */
  state: { told: Set<string> }
}

/**
 * Tells whoever asked that their thread is closed to Loom, in a direct message: for each kind of message once, of the
 * card only where nothing was said yet. Where the thread was deleted, its job is stopped and that is what they hear.
 */
export async function tellOfRefusal(deps: TellingDeps, input: Refusal): Promise<void> {
  const { fault, kind, thread } = input
  const { told } = deps.state
  const once = [thread, `${thread} ${kind}`] as const
  const isKnown = told.has(once[1]) || (kind === 'card' && told.has(thread))
  if (!fault.place || kind === 'notice' || isKnown) return
  if (told.size > 5_000) told.clear()
  for (const each of once) told.add(each)
  try {
    await tell(deps, input)
  } catch (thrown) {
    // Our own storage failed: the delivery is tried again, and this with it.
    for (const each of once) told.delete(each)
    throw thrown
  }
}

interface Refusal {
  thread: ThreadId
  kind: OutMessage['kind']
  fault: DiscordFault
  sending: Sending
}

async function tell(deps: TellingDeps, { fault, kind, sending, thread }: Refusal): Promise<void> {
  const { code } = fault
  if (await wasDeleted(deps, sending.place, fault)) return
  if (mayBeRemoved.includes(code)) await deps.shutOut()
  const userId = await deps.askerOf(thread).catch(() => undefined)
  const told = userId !== undefined && (await tellAsker(sending, { userId, kind, fault }))
  deps.log.warn({ kind, code, told }, 'a thread of Discord can no longer be written to')
}

const unknownChannel = 10_003
/** Loom does not see the channel, or the whole server. */
const mayBeRemoved: readonly unknown[] = [10_004, 50_001]

/** Whether the place is gone for good, and whoever asked there is told of it with the end of their job. */
async function wasDeleted(
  { gone, rest, spots }: Pick<TellingDeps, 'rest' | 'spots' | 'gone'>,
  place: Place,
  fault: DiscordFault,
): Promise<boolean> {
  if (fault.code !== unknownChannel) return false
  const isGone = async (channel: string) => {
    const asked = await rest.attempt({ method: 'GET', route: `/channels/${channel}` })
    return !asked.ok && asked.fault.code === unknownChannel
  }
  const isThreadGone = spots.isStanding(place) && (await isGone(place.thread))
  return (isThreadGone || (await isGone(place.channel))) && gone(place)
}
