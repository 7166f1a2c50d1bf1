import { formatUsd } from '../../core/format.ts'
import { type JobLine, listJobs } from '../../storage/jobs/list.ts'
import { stateWords } from '../words/card-words.ts'
import { type Acting, contextOf, type Desk } from './desk.ts'
import { isSeenHere, shortId } from './here.ts'

export interface Status {
  /** What runs and was asked by this person, wherever. */
  own: readonly JobLine[]
  /** What runs in the same place and was asked by others. */
  here: readonly JobLine[]
}

const mostLooked = 200
const mostShown = 10

/**
 * What runs for a person, and what runs where it asks: in its thread, or in all threads of its channel. Nothing of other
 * places, whose names and titles are nobody's business here.
 */
export async function statusOf(desk: Desk, acting: Acting): Promise<Status> {
  const context = contextOf(acting)
  const askedBy = acting.account.identityId
  const [own, all] = await Promise.all([
    listJobs(desk.store, context, { askedBy, live: true, limit: mostShown }),
    listJobs(desk.store, context, { live: true, limit: mostLooked }),
  ])
  const mine = new Set(own.map(({ jobId }) => jobId))
  const here = all.filter((job) => !mine.has(job.jobId) && isSeenHere(acting, job)).slice(0, mostShown)
  return { own, here }
}

export function statusWords({ here, own }: Status): string {
  if (own.length + here.length === 0) return 'Nothing runs for you now, and nothing here.'
  return [
    ...(own.length > 0 ? ['Running for you:', ...own.map(jobWords)] : ['Nothing runs for you now.']),
    ...(here.length > 0 ? ['Running here for others:', ...here.map(jobWords)] : []),
  ].join('\n')
}

/** `Churn by plan · planning · $0.42 of $5.00 · stop 3f9a2c1b`. */
function jobWords(job: JobLine): string {
  return `${jobLine(job)} · stop ${shortId(job.jobId)}`
}

/** `Churn by plan · planning · $0.42 of $5.00`: the state unless it is simply running, the money beside its cap. */
export function jobLine(job: JobLine): string {
  const { capMicroUsd, costMicroUsd, title } = job
  const state = stateWords(job)
  const money = `${formatUsd(costMicroUsd)} of ${formatUsd(capMicroUsd)}`
  return [title.trim() || 'Untitled brief', ...(state ? [state] : []), money].join(' · ')
}
