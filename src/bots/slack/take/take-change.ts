import type { Accepted } from '../../../storage/briefs/accept.ts'
import type { Store, TenantContext } from '../../../storage/database.ts'
import { changeThreadMessage, removeThreadMessage } from '../../../storage/threads/change.ts'
import type { SlackPlace } from '../place.ts'
import { readMessage } from '../read/message.ts'
import { type Reading, threadMessageOf } from '../read/thread-message.ts'
import type { MessageEvent } from './event.ts'
import type { Heard } from './rule.ts'

interface Taking {
  event: MessageEvent
  place: SlackPlace
}

export interface ChangeDeps {
  store: Store
  readingOf(input: Taking): Reading
  order(input: Taking & { key: string; prefix?: string }): Promise<Accepted | undefined>
}

/**
 * A message reads differently now. Our copy follows; a running job that read the old text is told the new one, once for
 * each edit; a message that calls Loom only now is an order from now on.
 */
export async function takeChange(
  deps: ChangeDeps,
  input: Taking & { weigh: () => Promise<{ heard: Heard; refused?: string; live: boolean }> },
): Promise<void> {
  const { event, place } = input
  const reading = deps.readingOf(input)
  const now = threadMessageOf(event.message, reading).message
  const before = readMessage(event.before, reading)
  const sameFiles =
    before.files.map(({ source }) => source).join() === now.files.map(({ source }) => source).join()
  if (before.text === now.text && sameFiles) return
  const { heard, live, refused } = await input.weigh()
  if (refused || heard === 'nothing') return
  const { key, thread } = event
  const context: TenantContext = { tenantId: place.tenantId, actor: { kind: 'system' } }
  const tell = await changeThreadMessage(deps.store, context, {
    ...{ thread, key, text: now.text },
    ...(sameFiles ? {} : { files: now.files }),
  })
  if (heard !== 'order') return
  if (live && tell) {
    await deps.order({ ...input, key: `${key}:${event.editedTs ?? ''}`, prefix: 'Corrected: ' })
    return
  }
  const calls = readMessage(event.message, reading).mentionsLoom
  if (calls && !before.mentionsLoom) await deps.order({ ...input, key })
}

/** A message was taken back: our copy is emptied. */
export async function takeDeletion(deps: ChangeDeps, { event, place }: Taking): Promise<void> {
  const { key, thread } = event
  const context: TenantContext = { tenantId: place.tenantId, actor: { kind: 'system' } }
  await removeThreadMessage(deps.store, context, { thread, key })
}
