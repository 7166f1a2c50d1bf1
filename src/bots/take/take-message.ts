import { keepThreadMessage } from '../../storage/threads/keep.ts'
import { threadTakenTo } from '../../storage/threads/quick-turn.ts'
import type { Acting } from '../desk/desk.ts'
import { type Came, systemOf, type TakeDeps, type TakePlace } from './came.ts'
import { order, refuse } from './order.ts'
import { takeChange, takeDeletion } from './take-change.ts'
import { takeWatch } from './take-watch.ts'
import { weigh } from './weigh.ts'

/**
 * Takes a message of a platform: an order becomes durable in one transaction, context is kept, the rest stays unread. No
 * chat and no model is called. The same message may come as several kinds of event, twice, late and out of order.
 */
export async function takeMessage(
  deps: TakeDeps,
  { came: given, place, standing }: { came: Came; place: TakePlace; standing?: Acting['standing'] },
): Promise<void> {
  const came = given.kind === 'said' ? given : await whereTaken(deps, { came: given, place })
  if (came.kind === 'deleted') return takeDeletion(deps, { came, place })
  const taking = { came, place }
  if (came.kind === 'changed') return takeChange(deps, { ...taking, weigh: () => weigh(deps, taking) })
  const { heard, refused } = await weigh(deps, taking)
  const { key, message, thread } = came
  if (refused) return refuse(deps, { ...taking, subject: key, text: refused })
  if (heard === 'order') {
    const watching = await takeWatch(deps, { ...taking, ...(standing ? { standing } : {}) })
    if (!watching) await order(deps, { ...taking, key })
  } else if (heard === 'context' && (message.text !== '' || message.files.length > 0))
    await keepThreadMessage(deps.store, systemOf(place), { thread, message })
}

/** A direct message that joined the job before it stands in that one's thread: its edit or deletion belongs there too. */
async function whereTaken<Some extends Came>(
  deps: TakeDeps,
  { came, place }: { came: Some; place: TakePlace },
): Promise<Some> {
  if (!came.beside) return came
  const thread = await threadTakenTo(deps.store, systemOf(place), { key: came.key })
  return thread === undefined || thread === came.thread ? came : { ...came, thread }
}
