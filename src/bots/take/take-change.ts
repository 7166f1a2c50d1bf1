import { changeThreadMessage, removeThreadMessage } from '../../storage/threads/change.ts'
import { type CameDeletion, type CameMessage, systemOf, type TakeDeps, type TakePlace } from './came.ts'
import { order } from './order.ts'
import type { Weighed } from './weigh.ts'

/**
 * A message reads differently now. Our copy follows; a running job that read the old text is told the new one, once for
 * each edit; a message that calls Loom only now is an order from now on.
 */
export async function takeChange(
  deps: TakeDeps,
  input: { came: CameMessage; place: TakePlace; weigh: () => Promise<Weighed> },
): Promise<void> {
  const { came, place } = input
  const { before, key, message, said, thread } = came
  const sameFiles = before !== undefined && sourcesOf(before) === sourcesOf(message)
  if (before?.text === message.text && sameFiles) return
  const { heard, live, refused } = await input.weigh()
  if (refused || heard === 'nothing') return
  const tell = await changeThreadMessage(deps.store, systemOf(place), {
    ...{ thread, key, text: message.text },
    ...(sameFiles ? {} : { files: message.files }),
  })
  if (heard !== 'order') return
  if (live && tell) {
    await order(deps, { ...input, key: `${key}:${came.edit?.id ?? ''}`, prefix: 'Corrected: ' })
    return
  }
  if (said.mentionsLoom && !before?.mentionsLoom) await order(deps, { ...input, key })
}

/** A message was taken back: our copy is emptied. */
export async function takeDeletion(
  deps: TakeDeps,
  { came, place }: { came: CameDeletion; place: TakePlace },
): Promise<void> {
  const { key, thread } = came
  await removeThreadMessage(deps.store, systemOf(place), { thread, key })
}

function sourcesOf({ files }: Pick<CameMessage['message'], 'files'>): string {
  return files.map(({ source }) => source).join()
}
