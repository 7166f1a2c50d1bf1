import type { App, types } from '@slack/bolt'
import { runCommand } from '../../desk/command.ts'
import { mayAdminister } from '../../desk/decide.ts'
import type { Reply } from '../../desk/desk.ts'
import { sentenceOf } from '../../desk/sentence.ts'
import { settingsOf, settingsWords } from '../../desk/settings.ts'
import { inTime } from '../../in-time.ts'
import { plainText } from '../render/elements.ts'
import type { Hearing } from './deps.ts'
import { openView } from './open.ts'
import { tell } from './reply.ts'
import { settingsForm } from './settings-form.ts'
import { actingOf, clientOf, type SlackActing } from './who.ts'
import { channelMark, whisper, withChannels } from './words.ts'

interface Words {
  text: string
  blocks: (types.SectionBlock | types.ActionsBlock)[]
}

/** `/loom …`: the answer stands in the acknowledgement, seen by who typed it alone. */
export function hearCommand(app: App, deps: Hearing): void {
  app.command('/loom', async ({ ack, command, context, respond }) => {
    const client = await clientOf(deps, context)
    const { channel_id: channel, text, trigger_id: triggerId, user_id: userId } = command
    const answer = async (): Promise<Words | undefined> => {
      try {
        const acting = await actingOf(deps, { client, context, userId, channel })
        if (!/^settings$/i.test(text.trim())) return whisperReply(await runLine(deps, acting, text))
        const settings = await settingsOf(deps, acting)
        if (!(await mayAdminister(deps, acting))) return settingsWhisper(settings)
        await openView(client, { triggerId, view: settingsForm(settings) })
        return undefined
      } catch (thrown) {
        return whisper(sentenceOf(deps, thrown, { command: 'loom' }))
      }
    }
    const work = answer()
    const ended = await inTime(work)
    if (ended !== 'late') return ack(ended.value && { response_type: 'ephemeral', ...ended.value })
    await ack()
    const words = await work
    if (words) await tell(deps, { client, userId, respond, channel }, words.text)
  })
}

async function runLine(deps: Hearing, acting: SlackActing, text: string): Promise<Reply> {
  const line = { text, command: '/loom', mention: '@Loom', nameOf: channelMark }
  return runCommand(deps, acting, line)
}

function whisperReply({ link, text }: Reply): Words {
  const words = whisper(text)
  return link ? { ...words, blocks: [...words.blocks, linkButton(link)] } : words
}

function settingsWhisper(settings: Parameters<typeof settingsWords>[0]): Words {
  return { text: 'The settings of Loom', blocks: withChannels(settingsWords(settings, channelMark)) }
}

function linkButton({ href, words }: NonNullable<Reply['link']>): types.ActionsBlock {
  const open: types.Button = { type: 'button', text: plainText(words), action_id: 'loom:open', url: href }
  return { type: 'actions', elements: [open] }
}
