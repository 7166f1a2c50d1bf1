import { pressedWords } from '../../bots/desk/approve.ts'
import { askLines } from '../../bots/local/ask-lines.ts'
import { harmlessLine } from '../../bots/words/harmless.ts'
import { LoomError } from '../../core/errors.ts'
import { openApprovals } from '../../storage/approvals/load.ts'
import { pressApproval } from '../../storage/approvals/press.ts'
import type { Store, TenantContext } from '../../storage/database.ts'
import { viewJob } from '../../storage/jobs/view.ts'
import { answerQuestion } from '../../storage/questions/answer.ts'
import { openQuestions } from '../../storage/questions/load.ts'
import { type Command, idFrom, notFound } from './command.ts'

const goesOn = 'The job goes on, wherever Loom runs here next.'
const stillCapped = 'The job still rests at its cap, and reads this once that is raised.'

export const askedCommands: readonly Command[] = [
  {
    name: 'answer',
    usage: 'answer JOB WORDS',
    help: 'answer the question that a job waits with; a number picks a choice',
    async run({ context, parts, store }, words) {
      const jobId = idFrom(words, 0, 'job')
      const answered = await answerQuestion(store, context, { jobId, text: words.slice(1).join(' ') })
      if (!answered) throw notFound('job')
      if (answered.kind === 'answered_already') return 'That was answered already; the first answer stands.'
      if (answered.kind === 'nothing_asked') return 'The job asks nothing now.'
      parts.ring('worker')
      const view = await viewJob(store, context, { jobId })
      return [
        harmlessLine(answered.question),
        `Answered: ${harmlessLine(answered.answer)}`,
        view?.card.reason === 'cap' ? stillCapped : goesOn,
      ].join('\n')
    },
  },
  {
    name: 'approve',
    usage: 'approve JOB',
    help: 'allow what a job waits to do; by the id of the approval when there are several',
    run: (deps, words) => press(deps, { id: idFrom(words, 0, 'job'), press: 'approved' }),
  },
  {
    name: 'deny',
    usage: 'deny JOB',
    help: 'forbid it; the agent is told, and the job goes on without it',
    run: (deps, words) => press(deps, { id: idFrom(words, 0, 'job'), press: 'denied' }),
  },
]

/** What a job waits for, as its terminal shows it; nothing when it waits for nobody. */
export async function askedLines(
  store: Store,
  context: TenantContext,
  input: { jobId: string },
): Promise<string[]> {
  const questions = await openQuestions(store, context, input)
  const approvals = await openApprovals(store, context, input)
  return [
    ...questions.flatMap((question) => ['', ...askLines({ kind: 'question', question })]),
    ...approvals.flatMap((approval) => ['', ...askLines({ kind: 'approval', approval })]),
  ]
}

async function press(
  { context, parts, store }: Parameters<Command['run']>[0],
  input: { id: string; press: 'approved' | 'denied' },
): Promise<string> {
  const approvalId = await approvalFor(store, context, input)
  if (approvalId === undefined) return 'The job waits for no approval now.'
  const pressed = await pressApproval(store, context, { approvalId, press: input.press })
  if (!pressed) throw notFound('job')
  if (pressed.kind === input.press) parts.ring('worker')
  return pressed.kind === 'approved' ? `Approved. ${goesOn}` : pressedWords(pressed)
}

/** The id may be the job's: then it is the one thing that the job waits to do. */
async function approvalFor(
  store: Store,
  context: TenantContext,
  input: { id: string },
): Promise<string | undefined> {
  if (!(await viewJob(store, context, { jobId: input.id }))) return input.id
  const [first, ...others] = await openApprovals(store, context, { jobId: input.id })
  if (others.length === 0) return first?.approvalId
  throw new LoomError({
    kind: 'invalid_input',
    message: 'The job waits for several approvals. Name one by its id, as npm run loom -- show prints it.',
  })
}
