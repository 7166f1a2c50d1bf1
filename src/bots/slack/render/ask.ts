import type { types } from '@slack/bolt'
import type { Approval, Question } from '../../../core/chat.ts'
import { textRun } from '../../markdown/runs.ts'
import type { Unit } from '../../markdown/units.ts'
import {
  approvalLead,
  approvalOutcome,
  questionLead,
  questionOutcome,
  untilWords,
} from '../../words/ask-words.ts'
import { shortened } from '../../words/cut.ts'
import { actions, button, context, richText, type SlackBlock, section } from './elements.ts'
import { slackLine, slackText } from './harmless.ts'
import { limits } from './limits.ts'
import { type Posting, posting } from './posting.ts'
import { richBlocks } from './units.ts'

const mostButtons = 5
/** Many times what an agent may ask (`swarm/tools/ask-user.ts`), and together no more than Slack takes of a message. */
const longest = { asked: 8_000, choice: 300, name: 200 }

/** A question with a button for each choice and one for other words; once it is settled, what came of it and by whom. */
export function renderQuestion(given: Question): Posting {
  const question: Question = {
    ...given,
    asker: nameOf(given.asker, 'An agent'),
    answer: given.answer === undefined ? undefined : slackLine(given.answer),
    answeredBy: given.answeredBy === undefined ? undefined : nameOf(given.answeredBy, 'somebody'),
  }
  const outcome = questionOutcome(question)
  const text = slackText(question.text).trim()
  if (outcome !== undefined) return posting([...asked(undefined, text), ...context([outcome])])
  const choices = question.choices.map((choice) => slackLine(choice) || '…')
  const needList = choices.length > mostButtons || choices.some((choice) => choice.length > limits.label)
  const value = { j: question.jobId, q: question.questionId }
  const buttons = choices
    .slice(0, mostButtons)
    .map((label, index) => button({ label, action: `loom:answer:${index}`, value }))
  const own = button({
    label: choices.length > 0 ? 'Answer in your own words' : 'Answer',
    action: 'loom:answer-own',
    value,
  })
  return posting([
    ...asked(questionLead(question), text),
    ...(needList ? choiceList(choices) : []),
    ...actions([...buttons, own]),
  ])
}

/** What is about to be done, until when it can be decided; once it is, by whom. */
export function renderApproval(given: Approval): Posting {
  const approval: Approval = {
    ...given,
    asker: nameOf(given.asker, 'An agent'),
    pressedBy: given.pressedBy === undefined ? undefined : nameOf(given.pressedBy, 'somebody'),
  }
  const outcome = approvalOutcome(approval)
  const text = slackText(approval.request).trim()
  if (outcome !== undefined) return posting([...asked(undefined, text), ...context([outcome])])
  const value = { j: approval.jobId, a: approval.approvalId }
  return posting([
    ...asked(approvalLead(approval), text),
    until(approval),
    ...actions([
      button({ label: 'Approve', action: 'loom:approve', value, style: 'primary' }),
      button({ label: 'Deny', action: 'loom:deny', value }),
    ]),
  ])
}

function nameOf(name: string, otherwise: string): string {
  return shortened(slackLine(name), longest.name) || otherwise
}

function asked(lead: string | undefined, text: string): SlackBlock[] {
  const head = lead === undefined ? [] : textRun(`${lead} `, { bold: true })
  return richBlocks([{ kind: 'text', runs: [...head, ...textRun(shortened(text, longest.asked))] }])
}

function choiceList(choices: readonly string[]): SlackBlock[] {
  const units = choices.map(
    (choice, index): Unit => ({
      kind: 'item',
      runs: textRun(shortened(choice, longest.choice)),
      indent: 0,
      number: index + 1,
      quoted: false,
    }),
  )
  return richBlocks(units)
}

/** Slack shows the moment in the reader's own time. */
function until(approval: Approval): types.RichTextBlock {
  const date: types.RichTextDate = {
    type: 'date',
    timestamp: Math.floor(approval.expiresAtMs / 1000),
    format: '{date_short_pretty} at {time}',
    fallback: `${untilWords(approval)} UTC`,
  }
  return richText([section([...textRun('Until '), date])])
}
