import { createHash } from 'node:crypto'
import type { ChatPort, MessageRef, OutMessage } from '../../core/chat.ts'
import { toLoomError } from '../../core/errors.ts'
import type { DueDelivery, LoadedDelivery } from '../../storage/deliveries/claim.ts'

/** A delivery on its way through a port. `mayBeShown`: an earlier try may have been taken by the platform. */
export interface Showing {
  port: ChatPort
  delivery: LoadedDelivery
  mayBeShown: boolean
}

export function showingOf(port: ChatPort, delivery: LoadedDelivery, due: DueDelivery): Showing {
  return { port, delivery, mayBeShown: delivery.attempts > 0 || due.retaken === true }
}

/** Posts the message, or edits it where it is already; answers where it is. */
export async function show(showing: Showing, message: OutMessage): Promise<MessageRef> {
  const { delivery, mayBeShown, port } = showing
  const { id, ref, thread } = delivery
  if (ref === undefined) {
    const posted = await port.post(thread, message, { nonce: id, mayBeShown })
    // An earlier try may have been taken and its reply lost: then the platform shows what was true at that time.
    const changes = message.kind === 'card' || message.kind === 'question' || message.kind === 'approval'
    if (mayBeShown && changes) await port.edit(thread, posted, message)
    return posted
  }
  try {
    await port.edit(thread, ref, message)
    return ref
  } catch (thrown) {
    // Somebody deleted it, or a terminal that is gone had shown it: it is shown anew, and edited there from then on.
    if (toLoomError(thrown).kind !== 'not_found') throw thrown
    return port.post(thread, message, { nonce: `${id}:${shortHash(ref)}`, mayBeShown })
  }
}

/** What is shown in the place of a message that is gone is another one, and the same one on every try. */
function shortHash(ref: MessageRef): string {
  return createHash('sha256').update(ref).digest('hex').slice(0, 12)
}
