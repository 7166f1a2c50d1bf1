import type { App, types } from '@slack/bolt'
import { LoomError } from '../../../core/errors.ts'
import { sentenceOf } from '../../desk/sentence.ts'
import { fromSlack, slackCode } from '../read/faults.ts'
import { recordOf, textOf } from '../read/loose.ts'
import type { Hearing } from './deps.ts'
import { type About, form, forms, textField } from './forms.ts'
import { openView } from './open.ts'
import { tell } from './reply.ts'
import { type Client, clientOf } from './who.ts'

/** "Take this thread" on any message: asks what Loom should do with it. */
export function hearShortcut(app: App, deps: Hearing): void {
  app.shortcut('loom_take_thread', async ({ ack, body, context, respond }) => {
    await ack()
    const client = await clientOf(deps, context)
    const { channel: at, message, trigger_id: triggerId, user } = recordOf(body)
    const channel = textOf(recordOf(at).id)
    const ts = textOf(recordOf(message).ts)
    const threadTs = textOf(recordOf(message).thread_ts) || ts
    try {
      await openView(client, { triggerId: textOf(triggerId), view: takeForm({ channel, threadTs }) })
    } catch (thrown) {
      const sentence = sentenceOf(deps, thrown, { shortcut: 'take_thread' })
      await tell(deps, { client, userId: textOf(recordOf(user).id), respond, channel, threadTs }, sentence)
    }
  })
}

function takeForm(about: About): types.ModalView {
  return form({
    callbackId: forms.take,
    title: 'Take this thread',
    submit: 'Start',
    about,
    blocks: [
      textField({
        name: 'words',
        label: 'What should Loom do with this thread?',
        hint: 'It reads the whole thread and its files. The answer comes into the thread.',
        lines: true,
        most: 3_000,
      }),
      textField({
        name: 'cap',
        label: 'Cap in dollars',
        hint: 'Without it the usual cap of a job holds.',
        optional: true,
        most: 20,
      }),
    ],
  })
}

/** Whether a channel is shared with another organisation. Throws `forbidden` where Loom is not in it. */
export async function isExternal(client: Client, channel: string): Promise<boolean> {
  try {
    const { channel: info } = await client.conversations.info({ channel })
    const found = recordOf(info)
    if (found.is_im !== true && found.is_mpim !== true && found.is_member === false) throw notIn()
    return found.is_ext_shared === true || found.is_pending_ext_shared === true
  } catch (thrown) {
    if (slackCode(thrown) === 'channel_not_found') throw notIn()
    if (slackCode(thrown) === 'missing_scope') {
      throw new LoomError({
        kind: 'forbidden',
        message: 'Loom cannot see who is in this conversation. Mention it here instead.',
      })
    }
    throw fromSlack(thrown)
  }
}

function notIn(): LoomError {
  return new LoomError({
    kind: 'forbidden',
    message: 'Loom is not in this conversation yet. Invite it with /invite @Loom, then try again.',
  })
}
