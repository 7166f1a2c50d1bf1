import type { APIModalSubmitInteraction } from 'discord.js'
import { answer } from '../../desk/answer.ts'
import { adjustCap } from '../../desk/cap.ts'
import type { Reply } from '../../desk/desk.ts'
import { outdated } from '../../desk/press.ts'
import { parseCustomId } from '../custom-id.ts'
import type { HearDeps } from './deps.ts'
import { parseFormId } from './form-id.ts'
import { filledOf } from './forms.ts'
import { isFirst } from './once.ts'
import type { Outcome } from './outcome.ts'
import { settingsSent } from './settings.ts'
import { takeSent } from './take-message.ts'
import { actingOf } from './who.ts'
import { plain } from './words.ts'

/** What a form does once it is sent. Throws `LoomError` with the sentence for who sent it. */
export async function runSent(deps: HearDeps, interaction: APIModalSubmitInteraction): Promise<Outcome> {
  const filled = filledOf(interaction.data)
  const id = parseFormId(interaction.data.custom_id)
  const acting = await actingOf(deps, interaction)
  if (!(await isFirst(deps, acting, interaction))) return { kind: 'seen' }
  if (id?.form === 'take') return takeSent(deps, acting, { interaction, id, filled })
  if (id?.form === 'settings') return settingsSent(deps, acting, filled)
  const about = parseCustomId(interaction.data.custom_id)
  if (!about) throw outdated()
  const { jobId, subject, verb } = about
  switch (verb) {
    case 'cap':
    case 'raise':
      return shownFor(await adjustCap(deps, acting, { jobId, amount: filled.text('amount') }))
    case 'answer-free': {
      if (subject === undefined) throw outdated()
      const said = { text: filled.text('answer') }
      return shownFor(await answer(deps, acting, { jobId, questionId: subject, said }))
    }
    default:
      throw outdated()
  }
}

/** The card and the question show what changed. */
function shownFor({ changed, text }: Reply): Outcome {
  return changed ? { kind: 'seen' } : { kind: 'words', messages: plain(text) }
}
