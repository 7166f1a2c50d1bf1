import { type APIMessageComponentInteraction, ComponentType } from 'discord.js'
import { openQuestion } from '../../desk/answer.ts'
import { capOf, capWords } from '../../desk/cap.ts'
import { outdated, pressVerb } from '../../desk/press.ts'
import { customId, type Pressed, parseCustomId } from '../custom-id.ts'
import type { HearDeps } from './deps.ts'
import { jobDetails } from './details.ts'
import { settingsFormId } from './form-id.ts'
import { form, noteField, textField } from './forms.ts'
import { isFirst } from './once.ts'
import type { Outcome } from './outcome.ts'
import { settingsForm } from './settings.ts'
import { starTurned } from './show-star.ts'
import { actingOf, type DiscordActing } from './who.ts'
import { plain } from './words.ts'

/** What a press or a choice does. Throws `LoomError` with the sentence for who pressed. */
export async function runPressed(
  deps: HearDeps,
  interaction: APIMessageComponentInteraction,
): Promise<Outcome> {
  const acting = await actingOf(deps, interaction)
  const { custom_id: id } = interaction.data
  if (id === settingsFormId) return settingsForm(deps, acting)
  const pressed = parseCustomId(id)
  if (!pressed) throw outdated()
  const { jobId, verb } = pressed
  switch (verb) {
    case 'cap':
    case 'raise':
      return capForm(deps, acting, pressed)
    case 'answer-free':
      return answerForm(deps, acting, pressed)
    case 'details':
      return jobDetails(deps, acting, { jobId })
    case 'rerun':
    case 'drop':
      return choose(deps, acting, { pressed, interaction })
    default:
      return act(deps, acting, { pressed, interaction })
  }
}

interface Acted {
  pressed: Pressed
  interaction: APIMessageComponentInteraction
}

async function act(deps: HearDeps, acting: DiscordActing, { interaction, pressed }: Acted): Promise<Outcome> {
  const verb = pressVerb(verbOf(pressed))
  if (!verb) throw outdated()
  if (!(await isFirst(deps, acting, interaction))) return { kind: 'seen' }
  const { jobId, subject } = pressed
  const reply = await verb.run(deps, acting, { j: jobId, q: subject, a: subject })
  if (reply.changed && verb.seen) return { kind: 'seen' }
  const turned = reply.changed ? starTurned(interaction.message, pressed) : undefined
  return turned ? { kind: 'here', message: turned } : { kind: 'words', messages: plain(reply.text) }
}

/** As the desk calls what was pressed. */
function verbOf({ value, verb }: Pressed): string {
  if (verb === 'answer') return `answer:${value ?? ''}`
  if (verb === 'good') return 'helpful'
  return verb === 'bad' ? 'unhelpful' : verb
}

/** Has an agent begin again or leaves it out, and shows the details anew where it was chosen. */
async function choose(
  deps: HearDeps,
  acting: DiscordActing,
  { interaction, pressed }: Acted,
): Promise<Outcome> {
  const { jobId, verb } = pressed
  const taskId = pressed.subject ?? chosenIn(interaction, pressed)
  const run = pressVerb(verb)
  if (!run || taskId === undefined) throw outdated()
  if (!(await isFirst(deps, acting, interaction))) return { kind: 'seen' }
  const { text } = await run.run(deps, acting, { j: jobId, t: taskId })
  return jobDetails(deps, acting, { jobId, word: text })
}

/** What was chosen holds what a button would. A client sent it: it counts only for the menu that it came from. */
function chosenIn({ data }: APIMessageComponentInteraction, { jobId, verb }: Pressed): string | undefined {
  if (data.component_type !== ComponentType.StringSelect) return undefined
  const chosen = parseCustomId(data.values[0] ?? '')
  return chosen?.verb === verb && chosen.jobId === jobId ? chosen.subject : undefined
}

async function capForm(deps: HearDeps, acting: DiscordActing, { jobId, verb }: Pressed): Promise<Outcome> {
  const { amount, label, text, title } = capWords(await capOf(deps, acting, { jobId }))
  const asked = textField({ name: 'amount', label, hint: text, initial: amount, most: 20 })
  return { kind: 'form', form: form({ customId: customId({ verb, jobId }), title, fields: [asked] }) }
}

async function answerForm(deps: HearDeps, acting: DiscordActing, pressed: Pressed): Promise<Outcome> {
  const { jobId, subject } = pressed
  const question = await openQuestion(deps, acting, { jobId, questionId: subject })
  const written = textField({ name: 'answer', label: 'In your own words', lines: true, most: 3_000 })
  const id = customId({ verb: 'answer-free', jobId, subject })
  return {
    kind: 'form',
    form: form({ customId: id, title: 'Your answer', fields: [noteField(question), written] }),
  }
}
