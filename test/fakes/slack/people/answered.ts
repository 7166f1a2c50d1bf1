import { makeView, putModal, replaceView } from '../api/views.ts'
import type { Reply } from '../events/transport.ts'
import { putMessage } from '../post.ts'
import type { Block, Channel, Install, View } from '../world.ts'
import type { Desk } from './around.ts'

/** What the app answered to a form: it stays open with errors, changes, or closes. */
export function afterSubmit(
  { team }: Desk,
  view: View,
  install: Install,
  body: string,
): Record<string, string> {
  const answer = body === '' ? {} : (JSON.parse(body) as Record<string, unknown>)
  const about = { userId: view.userId, install, type: 'modal' as const }
  switch (answer.response_action) {
    case 'errors':
      return answer.errors as Record<string, string>
    case 'update':
      replaceView(view, makeView(answer.view, about))
      return {}
    case 'push':
      putModal(team, makeView(answer.view, about), true)
      return {}
    case 'clear':
      team.modals.delete(view.userId)
      return {}
    default:
      team.modals.set(
        view.userId,
        (team.modals.get(view.userId) ?? []).filter((each) => each.id !== view.id),
      )
      return {}
  }
}

/** The answer to a command, when there is one in the acknowledgement itself. */
export function showAtOnce(
  { team, world }: Desk,
  about: { install: Install; channel: Channel; userId: string },
  reply: Reply,
): void {
  if (reply.status !== 200 || reply.body === '') return
  const said = reply.body.startsWith('{')
    ? (JSON.parse(reply.body) as Record<string, unknown>)
    : { text: reply.body }
  const { channel, install, userId } = about
  putMessage(
    world,
    { team, channel },
    {
      userId: install.botUserId,
      botId: install.botId,
      appId: install.appId,
      text: String(said.text ?? ''),
      blocks: (said.blocks ?? []) as Block[],
      ...(said.response_type === 'in_channel' ? {} : { onlyFor: userId }),
    },
  )
}
