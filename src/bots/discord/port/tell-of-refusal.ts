import type { OutMessage } from '../../../core/chat.ts'
import type { ThreadId } from '../../../core/thread-id.ts'
import type { DiscordFault } from '../rest.ts'
import { tellAsker } from './direct.ts'
import type { Place } from './place.ts'
import type { PortDeps } from './port.ts'
import type { Sending } from './post-parts.ts'

/**
 * Tells whoever asked that their thread is closed to Loom, in a direct message: for each kind of message once, of the
 * card only where nothing was said yet. Where the thread was deleted, its job is stopped and that is what they hear.
 */
export async function tellOfRefusal(
  deps: PortDeps,
  input: { thread: ThreadId; kind: OutMessage['kind']; fault: DiscordFault; sending: Sending },
): Promise<void> {
  const { fault, kind, sending, thread } = input
  const { told } = deps.state
  const isKnown = told.has(`${thread} ${kind}`) || (kind === 'card' && told.has(thread))
  if (!fault.place || kind === 'notice' || isKnown) return
  if (told.size > 5_000) told.clear()
  told.add(thread).add(`${thread} ${kind}`)
  if (await wasDeleted(deps, sending.place, fault)) return
  const userId = await deps.askerOf(thread).catch(() => undefined)
  const wasTold = userId !== undefined && (await tellAsker(sending, { userId, kind, fault }))
  deps.log.warn({ kind, code: fault.code, told: wasTold }, 'a thread of Discord can no longer be written to')
}

const unknownChannel = 10_003

/** Whether the place is gone for good, and whoever asked there is told of it with the end of their job. */
async function wasDeleted(
  { gone, rest, spots }: Pick<PortDeps, 'rest' | 'spots' | 'gone'>,
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
