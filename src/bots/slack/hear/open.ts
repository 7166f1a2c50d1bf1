import type { types } from '@slack/bolt'
import { LoomError } from '../../../core/errors.ts'
import { formatUsd } from '../../../core/format.ts'
import { loadQuestion } from '../../../storage/questions/load.ts'
import { capOf } from '../../desk/cap.ts'
import { findForPressing, mustBeAdmin } from '../../desk/decide.ts'
import { contextOf } from '../../desk/desk.ts'
import { detailsOf } from '../../desk/details.ts'
import { settingsOf } from '../../desk/settings.ts'
import { fromSlack, slackCode } from '../read/faults.ts'
import { plainText } from '../render/elements.ts'
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
  if (!value) throw new LoomError({ kind: 'invalid_input', message: 'That button does nothing any more.' })
  const about = {
    j: value.j,
    ...(press.channel === undefined ? {} : { channel: press.channel }),
    ...(press.threadTs === undefined ? {} : { threadTs: press.threadTs }),
  }
  if (name === 'details') return detailsView(await detailsOf(deps, acting, { jobId: value.j }), about)
  if (name === 'answer-own') {
    const text = await questionText(deps, acting, { jobId: value.j, questionId: value.q })
    return answerForm(text, { ...about, q: value.q })
  }
  return capForm(await capOf(deps, acting, { jobId: value.j }), about)
}

type About = Parameters<typeof form>[0]['about']

function capForm(cap: Awaited<ReturnType<typeof capOf>>, about: About): types.ModalView {
  const { capMicroUsd, costMicroUsd, rests, suggestedMicroUsd } = cap
  const goesOn = rests ? ' The job goes on with a higher cap.' : ''
  return form({
    callbackId: forms.cap,
    title: rests ? 'Raise the cap' : 'Adjust the cap',
    submit: rests ? 'Raise and go on' : 'Save',
    about,
    blocks: [
      ...plainSections(`${formatUsd(costMicroUsd)} of ${formatUsd(capMicroUsd)} is spent.${goesOn}`),
      textField({
        name: 'amount',
        label: 'Cap in dollars',
        initial: formatUsd(suggestedMicroUsd).replace('$', ''),
        most: 20,
      }),
    ],
  })
}

async function questionText(
  deps: Hearing,
  acting: SlackActing,
  input: { jobId: string; questionId: string | undefined },
): Promise<string> {
  const { jobId, questionId } = input
  await findForPressing(deps, acting, jobId)
  const question =
    questionId === undefined ? undefined : await loadQuestion(deps.store, contextOf(acting), { questionId })
  if (question?.jobId !== jobId) {
    throw new LoomError({ kind: 'not_found', message: 'There is no such question here.' })
  }
  if (question.state === 'open') return question.text
  const message =
    question.state === 'answered'
      ? 'That was answered already; the first answer stands.'
      : 'No answer is needed any more.'
  throw new LoomError({ kind: 'conflict', message })
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

const mostBlocks = 90

function detailsView({ parts, title }: Awaited<ReturnType<typeof detailsOf>>, about: About): types.ModalView {
  const told = parts.flatMap((part): types.AnyBlock[] => [
    { type: 'header', text: plainText(part.title) },
    ...plainSections(part.lines.join('\n')),
  ])
  return form({ title: 'Details', about, blocks: [...plainSections(title), ...told].slice(0, mostBlocks) })
}
