import { dropWords, rerunWords } from '../../bots/desk/agents.ts'
import { stoppedWords } from '../../bots/desk/stop.ts'
import { plainAnswerLines } from '../../bots/local/answer-lines.ts'
import { cardLines } from '../../bots/local/card-lines.ts'
import { formatUsd } from '../../core/format.ts'
import { sayTo } from '../../storage/briefs/say.ts'
import { loadAnswer } from '../../storage/jobs/answer.ts'
import { finishJob } from '../../storage/jobs/finish.ts'
import { listJobs } from '../../storage/jobs/list.ts'
import { stopJob } from '../../storage/jobs/stop.ts'
import { raiseCap } from '../../storage/jobs/suspend.ts'
import { viewJob } from '../../storage/jobs/view.ts'
import { dropAgent } from '../../storage/tasks/drop-agent.ts'
import { rerunAgent } from '../../storage/tasks/rerun.ts'
import { parseUsd } from '../arguments.ts'
import { askedLines } from './asked.ts'
import { type Command, idFrom, notFound } from './command.ts'

export const jobCommands: readonly Command[] = [
  {
    name: 'jobs',
    usage: 'jobs',
    help: 'the newest jobs of this machine',
    async run({ context, store }) {
      const jobs = await listJobs(store, context, { limit: 20 })
      if (jobs.length === 0) return 'There are no jobs yet.'
      return jobs
        .map((job) => `${job.jobId}  ${momentOf(job.startedAtMs)}  ${job.state.padEnd(12)}  ${job.title}`)
        .join('\n')
    },
  },
  {
    name: 'show',
    usage: 'show JOB',
    help: "a job's card and, when it has ended, its answer with files and receipt",
    async run({ context, parts, store }, words) {
      const jobId = idFrom(words, 0, 'job')
      const view = await viewJob(store, context, { jobId })
      if (!view) throw notFound('job')
      const lines = cardLines(view.card, { columns: 100, color: false })
      const answer = await loadAnswer(store, context, { jobId })
      if (!answer) return [...lines, ...(await askedLines(store, context, { jobId }))].join('\n')
      const files = answer.files.map((file) => ({
        ...file,
        url: parts.links.sign({ tenantId: context.tenantId, artifactId: file.artifactId }),
        localPath: undefined,
      }))
      return [...lines, '', ...plainAnswerLines({ ...answer, files })].join('\n')
    },
  },
  {
    name: 'stop',
    usage: 'stop JOB',
    help: 'end a job now; what was finished is kept',
    async run({ context, store }, words) {
      const jobId = idFrom(words, 0, 'job')
      if (!(await viewJob(store, context, { jobId }))) throw notFound('job')
      const stopped = await stopJob(store, context, { jobId, state: 'cancelled', answer: stoppedWords })
      return stopped ? 'The job is stopped.' : 'The job had ended already.'
    },
  },
  {
    name: 'say',
    usage: 'say JOB WORDS',
    help: 'tell the agents of a running job something, or one of them: --to AGENT; an open question takes it as its answer',
    async run({ context, parts, store }, words) {
      const jobId = idFrom(words, 0, 'job')
      const to = words[1] === '--to' ? (words[2] ?? '') : undefined
      const text = words.slice(to === undefined ? 1 : 3).join(' ')
      const said = await sayTo(store, context, { jobId, text, ...(to === undefined ? {} : { to }) })
      if (said === undefined) throw notFound('job')
      if (!said) return `The job has ended. Ask again: npm run brief -- "${text}"`
      if (said === 'answered') {
        parts.ring('worker')
        return 'Said, as the answer to what was asked.'
      }
      return to === undefined
        ? 'Said. The agents read it at their next step.'
        : 'Said to that agent. It reads it at its next step.'
    },
  },
  {
    name: 'rerun',
    usage: 'rerun JOB AGENT',
    help: 'have an agent begin again, by its title or row on the card, and those that built on its result',
    async run({ context, parts, store }, words) {
      const jobId = idFrom(words, 0, 'job')
      const begun = await rerunAgent(store, context, { jobId, name: words.slice(1).join(' ') })
      parts.ring('worker')
      return rerunWords(begun)
    },
  },
  {
    name: 'drop',
    usage: 'drop JOB AGENT',
    help: 'leave an agent out, by its title or row on the card; the others go on without it',
    async run({ context, parts, store }, words) {
      const jobId = idFrom(words, 0, 'job')
      const title = await dropAgent(store, context, { jobId, name: words.slice(1).join(' ') })
      parts.ring('worker')
      return dropWords(title)
    },
  },
  {
    name: 'finish',
    usage: 'finish JOB',
    help: 'end a job now with an answer made of what its agents have handed over',
    async run({ context, store }, words) {
      const jobId = idFrom(words, 0, 'job')
      const view = await viewJob(store, context, { jobId })
      if (!view) throw notFound('job')
      if (await finishJob(store, context, { jobId }))
        return `The job is finished with what was there. See it: npm run loom -- show ${jobId}`
      return view.card.endedAtMs === undefined
        ? `No agent has ended yet, so there is nothing to finish with. To end it: npm run loom -- stop ${jobId}`
        : 'The job had ended already.'
    },
  },
  {
    name: 'cap',
    usage: 'cap JOB USD',
    help: 'raise the cap of a job that paused at it, and let it go on',
    async run({ context, parts, store }, words) {
      const jobId = idFrom(words, 0, 'job')
      const capMicroUsd = parseUsd(words[1] ?? '')
      if (!(await viewJob(store, context, { jobId }))) throw notFound('job')
      if (!(await raiseCap(store, context, { jobId, capMicroUsd })))
        return 'The job is not paused at its cap.'
      parts.ring('worker')
      return `The job goes on with a cap of ${formatUsd(capMicroUsd)}, wherever Loom runs here next.`
    },
  },
]

function momentOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}
