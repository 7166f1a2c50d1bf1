import type { Approval, Question } from '../../../core/chat.ts'
import { linkedRuns } from '../../markdown/linked.ts'
import { textRun } from '../../markdown/runs.ts'
import {
  approvalLead,
  approvalOutcome,
  questionLead,
  questionOutcome,
  untilWords,
} from '../../words/ask-words.ts'
import { shortened } from '../../words/cut.ts'
import { button, rowsOf } from './elements.ts'
import { discordLine, discordText, discordUrl } from './harmless.ts'
import { limits } from './limits.ts'
import { unitParts } from './markdown.ts'
import { type Part, packMessages, type TextPart } from './pack.ts'
import type { Posting } from './posting.ts'
import { writtenText } from './write.ts'

/** As many choices as have a button, beside the one for other words. */
const mostButtons = 24

/** A question with a button for each choice and one for other words; once it is settled, what came of it and by whom. */
export function renderQuestion(given: Question): Posting {
  const question: Question = {
    ...given,
    asker: shortened(discordLine(given.asker), 100) || 'An agent',
    answer: given.answer === undefined ? undefined : discordLine(given.answer),
    answeredBy: nameOf(given.answeredBy),
  }
  const outcome = questionOutcome(question)
  if (outcome !== undefined) return one(asked(undefined, question.text), small(outcome))
  const { jobId, questionId: subject } = question
  const choices = question.choices.map((choice) => discordLine(choice) || '…')
  const needList = choices.length > mostButtons || choices.some((choice) => choice.length > limits.label)
  const buttons = choices.slice(0, mostButtons).map((choice, index) => {
    const label = choice.length > limits.label ? `${index + 1}. ${choice}` : choice
    return button({ label, press: { verb: 'answer', jobId, subject, value: `${index}` } })
  })
  const own = button({
    label: choices.length > 0 ? 'Answer in your own words' : 'Answer',
    press: { verb: 'answer-free', jobId, subject },
  })
  return one(asked(questionLead(question), question.text, needList ? choiceList(choices) : []), [
    ...rowsOf([...buttons, own]).map((component): Part => ({ kind: 'component', component })),
  ])
}

/** What is about to be done, until when it can be decided; once it is, by whom. */
export function renderApproval(given: Approval): Posting {
  const approval: Approval = {
    ...given,
    asker: shortened(discordLine(given.asker), 100) || 'An agent',
    pressedBy: nameOf(given.pressedBy),
  }
  const outcome = approvalOutcome(approval)
  if (outcome !== undefined) return one(asked(undefined, approval.request), small(outcome))
  const { approvalId: subject, jobId } = approval
  const buttons = [
    button({ label: 'Approve', press: { verb: 'approve', jobId, subject }, style: 'good' }),
    button({ label: 'Deny', press: { verb: 'deny', jobId, subject }, style: 'bad' }),
  ]
  // Discord shows the moment in the reader's own time; the words stand beside it for whatever shows it as it is.
  const until = `-# Until <t:${Math.floor(approval.expiresAtMs / 1000)}:f> (${untilWords(approval)} UTC)`
  return one(asked(approvalLead(approval), approval.request), [
    { kind: 'text', text: until, as: 'small' },
    ...rowsOf(buttons).map((component): Part => ({ kind: 'component', component })),
  ])
}

function nameOf(person: string | undefined): string | undefined {
  return person === undefined ? undefined : discordLine(person) || 'somebody'
}

/** What is asked stands in one message with what can be pressed: of a very long text the beginning, and seen to be. */
function asked(lead: string | undefined, given: string, list: readonly TextPart[] = []): TextPart[] {
  const text = discordText(given).trim() || '…'
  const head = lead === undefined ? [] : textRun(`${lead} `, { bold: true })
  const [first, ...others] = unitParts([{ kind: 'text', runs: [...head, ...linkedRuns(text, discordUrl)] }])
  const parts = [...(first ? [first] : []), ...list]
  return others.length > 0 && first ? [first, { kind: 'text', text: '…', as: 'text' }, ...list] : parts
}

function choiceList(choices: readonly string[]): TextPart[] {
  return unitParts(
    choices.map((choice, index) => ({
      kind: 'item',
      runs: textRun(choice),
      indent: 0,
      number: index + 1,
      quoted: false,
    })),
  )
}

function small(words: string): TextPart[] {
  return [{ kind: 'text', text: `-# ${writtenText(words)}`, as: 'small' }]
}

/** One message of it all: what is asked gives way to what has to stand below it. */
function one(said: readonly TextPart[], below: readonly Part[]): Posting {
  for (let count = said.length; count > 0; count -= 1) {
    const [only, ...more] = packMessages([...said.slice(0, count), ...below])
    if (only && more.length === 0) return { components: only }
  }
  const [first] = said
  const half: TextPart[] = first ? [{ ...first, text: `${safeBeginning(first.text)}…` }] : []
  const [only = []] = packMessages([...half, ...below])
  return { components: only }
}

/** The beginning of escaped text, not ended between a backslash and its letter or inside an address. */
function safeBeginning(text: string): string {
  return text
    .slice(0, 1_500)
    .replace(/<https?:[^>]*$/u, '')
    .replace(/\\+$/u, '')
    .replace(/[\ud800-\udbff]$/u, '')
}
