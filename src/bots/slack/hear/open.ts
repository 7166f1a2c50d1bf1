import type { types } from '@slack/bolt'
import { LoomError } from '../../../core/errors.ts'
import { openQuestion } from '../../desk/answer.ts'
import { capOf, capWords } from '../../desk/cap.ts'
import { mustBeAdmin } from '../../desk/decide.ts'
import { type AgentLine, agentsTitle, detailsOf } from '../../desk/details.ts'
import { outdated } from '../../desk/press.ts'
import { settingsOf } from '../../desk/settings.ts'
import { fromSlack, slackCode } from '../read/faults.ts'
import { actions, button, plainText } from '../render/elements.ts'
import type { Hearing } from './deps.ts'
import { form, forms, textField } from './forms.ts'
import type { Press } from './press.ts'
import { settingsForm } from './settings-form.ts'
import type { Client, SlackActing } from './who.ts'
import { plainSections } from './words.ts'

const opening = new Set(['cap', 'raise', 'details', 'answer-own', 'settings'])

export function opens({ name }: Press): boolean {
  return opening.has(name)
}

interface Opening {
  acting: SlackActing
  press: Press
  who: { client: Client }
}

/** Opens the form or page that a press asks for. Throws `LoomError` with the sentence for who pressed. */
export async function openFromPress(deps: Hearing, { acting, press, who }: Opening): Promise<void> {
  await openView(who.client, { triggerId: press.triggerId, view: await viewFor(deps, acting, press) })
}

/** A trigger lives for three seconds from the press. */
export async function openView(
  client: Client,
  { triggerId, view }: { triggerId: string; view: types.ModalView },
): Promise<void> {
  try {
    await client.views.open({ trigger_id: triggerId, view })
  } catch (thrown) {
    if (/trigger/.test(slackCode(thrown) ?? '')) {
      throw new LoomError({
        kind: 'conflict',
        message: 'That took Loom too long. Press again.',
        detail: 'trigger too late',
        cause: thrown,
      })
    }
    throw fromSlack(thrown)
  }
}

async function viewFor(deps: Hearing, acting: SlackActing, press: Press): Promise<types.ModalView> {
  const { name, value } = press
  if (name === 'settings') {
    await mustBeAdmin(deps, acting)
    return settingsForm(await settingsOf(deps, acting))
  }
  if (!value) throw outdated()
  const about = aboutOf(press, value.j)
  if (name === 'details') return detailsView(await detailsOf(deps, acting, { jobId: value.j }), about)
  if (name === 'answer-own') {
    const text = await openQuestion(deps, acting, { jobId: value.j, questionId: value.q })
    return answerForm(text, { ...about, q: value.q })
  }
  return capForm(await capOf(deps, acting, { jobId: value.j }), about)
}

type About = Parameters<typeof form>[0]['about']

function capForm(cap: Awaited<ReturnType<typeof capOf>>, about: About): types.ModalView {
  const { amount, label, submit, text, title } = capWords(cap)
  return form({
    ...{ callbackId: forms.cap, title, submit, about },
    blocks: [...plainSections(text), textField({ name: 'amount', label, initial: amount, most: 20 })],
  })
}

function answerForm(question: string, about: About): types.ModalView {
  return form({
    callbackId: forms.answer,
    title: 'Your answer',
    submit: 'Answer',
    about,
    blocks: [
      ...plainSections(question),
      textField({ name: 'answer', label: 'In your own words', lines: true, most: 3_000 }),
    ],
  })
}

/** Shows the details anew in the page where one of its agents was chosen, with a word on top. */
export async function showDetailsAgain(
  deps: Hearing,
  { acting, press, who, word }: Opening & { word: string },
): Promise<void> {
  const { value, view } = press
  if (!value || !view) return
  const details = await detailsOf(deps, acting, { jobId: value.j })
  const page = detailsView(details, aboutOf(press, value.j))
  const blocks = [...plainSections(word), ...page.blocks]
  await who.client.views.update({ view_id: view.id, view: { ...page, blocks } })
}

function aboutOf({ channel, threadTs }: Press, jobId: string): About {
  return {
    j: jobId,
    ...(channel === undefined ? {} : { channel }),
    ...(threadTs === undefined ? {} : { threadTs }),
  }
}

const mostBlocks = 90
/** As many agents as have buttons of their own. */
const mostChoices = 25

function detailsView(details: Awaited<ReturnType<typeof detailsOf>>, about: About): types.ModalView {
  const { agents, parts, title } = details
  const told = parts.flatMap(({ lines, title: heading }): types.AnyBlock[] => [
    { type: 'header', text: plainText(heading) },
    ...(heading === agentsTitle && agents.length > 0
      ? agentBlocks(agents, about)
      : plainSections(lines.join('\n'))),
  ])
  return form({ title: 'Details', about, blocks: [...plainSections(title), ...told].slice(0, mostBlocks) })
}

function agentBlocks(agents: readonly AgentLine[], about: About): types.AnyBlock[] {
  const others = agents.slice(mostChoices).map(({ line }) => line)
  return [
    ...agents.slice(0, mostChoices).flatMap(({ line, may, taskId }) => [
      ...plainSections(line),
      ...actions(
        may.map((name) =>
          button({
            label: agentLabels[name],
            action: `loom:${name}`,
            value: { j: about.j ?? '', t: taskId },
          }),
        ),
      ),
    ]),
    ...(others.length > 0 ? plainSections(others.join('\n')) : []),
  ]
}

const agentLabels = { rerun: 'Begin again', drop: 'Leave out' } as const
