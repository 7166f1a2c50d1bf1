import type { Message, Part } from '../../core/model.ts'
import type { StepRecord } from '../../storage/tasks/loaded.ts'

const wholeChars = Number.POSITIVE_INFINITY
/** How much of each call and result is shown, until all of them fit. */
const shownChars = [wholeChars, 16_384, 8_192, 4_096, 2_048, 1_024, 512, 256, 128] as const

/**
 * What a summary is made from, as material in one message: what was asked, the summary before, the steps as text. Not
 * as turns of its own, so that nothing in it passes for an instruction or a call. Long results are shown in part, each
 * as much as fits when all together have `mostChars`.
 */
export function materialOf(input: {
  first: Message
  before: string
  steps: readonly StepRecord[]
  mostChars: number
}): Message {
  const { before, first, mostChars, steps } = input
  const asked = first.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
  const head = [
    `What was asked, as the agent has it word for word before it (do not repeat it):\n${short(asked, mostChars / 4)}`,
    ...(before === '' ? [] : [`The summary of the steps before these:\n${before}`]),
  ]
  const room = mostChars - head.join('\n').length
  const told = shownChars
    .map((most) => steps.map((step) => tellStep(step, most)).join('\n\n'))
    .find((text, index) => text.length <= room || index === shownChars.length - 1)
  return {
    role: 'user',
    parts: [
      ...head.map((text): Part => ({ type: 'text', text })),
      { type: 'text', text: `The steps, as material:\n${short(told ?? '', Math.max(0, room))}` },
      { type: 'text', text: 'Write the summary now.' },
    ],
  }
}

/**
 * What stands for steps where no model could be asked: each call in one line, with the beginning of what it came to, the
 * newest that fit. Not a summary, but it says what was done and where the results stand.
 */
export function linesOf(input: { before: string; steps: readonly StepRecord[]; mostChars: number }): string {
  const lines = input.steps.flatMap((step) => tellStep(step, 160).split('\n'))
  const kept: string[] = []
  let room = input.mostChars
  for (const line of lines.toReversed()) {
    room -= line.length + 1
    if (room < 0) break
    kept.unshift(line)
  }
  const gone = lines.length - kept.length
  return [
    ...(input.before === '' ? [] : [short(input.before, input.mostChars)]),
    'What you did, each in a line, cut short; read the files again where you need more:',
    ...(gone > 0 ? [`(${gone} older lines are left out.)`] : []),
    ...kept,
  ].join('\n')
}

function tellStep(step: StepRecord, most: number): string {
  const said = step.reply.flatMap((part) => {
    if (part.type === 'text' && part.text.trim() !== '') return [`said: ${short(part.text, most)}`]
    if (part.type === 'tool_call') return [`called ${part.name}: ${short(jsonOf(part.input), most)}`]
    return []
  })
  const came = step.results.flatMap((part) => {
    if (part.type !== 'tool_result') return []
    const text = part.content.map((item) => (item.type === 'text' ? item.text : `(${item.type})`)).join('\n')
    return [`${part.isError ? 'refused' : 'result'} of ${part.name}: ${short(text, most)}`]
  })
  return [`Step ${step.ordinal + 1}`, ...said, ...came].join('\n')
}

/** Its beginning and its end, where it is longer. */
function short(text: string, most: number): string {
  if (text.length <= most) return text
  const head = Math.floor(most * 0.7)
  const tail = Math.floor(most * 0.25)
  const left = text.length - head - tail
  return `${text.slice(0, head)} [… ${left} characters …] ${text.slice(text.length - tail)}`.toWellFormed()
}

function jsonOf(input: unknown): string {
  return JSON.stringify(input) ?? ''
}
