import type {
  APIApplicationCommandAutocompleteInteraction,
  APIApplicationCommandOptionChoice,
} from 'discord.js'
import { listArtifacts } from '../../../storage/artifacts/list.ts'
import { listJobs } from '../../../storage/jobs/list.ts'
import { contextOf } from '../../desk/desk.ts'
import { shortId } from '../../desk/here.ts'
import { schedulesHere } from '../../desk/schedules.ts'
import { jobLine } from '../../desk/status.ts'
import { inTime } from '../../in-time.ts'
import { shortened } from '../../words/cut.ts'
import { harmlessLine } from '../../words/harmless.ts'
import { scheduleParts } from '../../words/schedule-words.ts'
import type { Answering } from './answering.ts'
import type { HearDeps } from './deps.ts'
import { typedOf } from './options.ts'
import { actingOf, type DiscordActing } from './who.ts'

type Choice = APIApplicationCommandOptionChoice<string>

/** What Discord shows, and how long each may be. */
const mostChoices = 25
const mostChars = 100
/** As many of a person's own things as are looked through. */
const mostLooked = 200
/** Somebody waits at the keyboard: by then there is an answer, if only an empty one. */
const patienceMs = 1_000

/** Offers the person's own jobs and files, and what recurs where they type; nothing of others. */
export async function hearTyping(
  deps: HearDeps,
  {
    answering,
    interaction,
  }: { answering: Answering; interaction: APIApplicationCommandAutocompleteInteraction },
): Promise<void> {
  const typed = typedOf(interaction.data.options)
  const text = typed.focused === undefined ? '' : (typed.texts[typed.focused] ?? '')
  const find = async () => {
    const offered = offers.get(typed.verb)
    return offered ? offered(deps, await actingOf(deps, interaction)) : []
  }
  const found = await inTime(find(), patienceMs)
  if (found === 'late') deps.log.warn({ interaction: interaction.id }, 'an offer came too late')
  await answering.autocomplete(found === 'late' ? [] : matching(found.value, text))
}

const offers: ReadonlyMap<string, (deps: HearDeps, acting: DiscordActing) => Promise<Choice[]>> = new Map([
  ['stop', (deps, acting) => ownJobs(deps, acting, { live: true })],
  ['status', (deps, acting) => ownJobs(deps, acting, {})],
  ['star', (deps, acting) => ownFiles(deps, acting, { starred: false })],
  ['unstar', (deps, acting) => ownFiles(deps, acting, { starred: true })],
  ...['pause', 'resume', 'delete'].map((verb) => [`schedules ${verb}`, recurring] as const),
])

async function ownJobs(deps: HearDeps, acting: DiscordActing, which: { live?: boolean }): Promise<Choice[]> {
  const askedBy = acting.account.identityId
  const jobs = await listJobs(deps.store, contextOf(acting), { ...which, askedBy, limit: mostLooked })
  return jobs.map((job) => ({ name: jobLine(job), value: job.jobId }))
}

async function ownFiles(
  deps: HearDeps,
  acting: DiscordActing,
  which: { starred: boolean },
): Promise<Choice[]> {
  const askedBy = acting.account.identityId
  const files = await listArtifacts(deps.store, contextOf(acting), { ...which, askedBy, limit: mostLooked })
  return files.map(({ artifactId, jobId, path, title }) => ({
    name: [path, ...(title.trim() === '' ? [] : [title])].join(' · '),
    value: `${jobId}:${artifactId}`,
  }))
}

async function recurring(deps: HearDeps, acting: DiscordActing): Promise<Choice[]> {
  const schedules = await schedulesHere(deps, acting)
  return schedules.map((one) => {
    const [rule = '', ...rest] = scheduleParts(one)
    const name = [shortId(one.scheduleId), rest.at(-1) ?? '', rule].join(' · ')
    return { name, value: one.scheduleId }
  })
}

/** Those in which every word that was typed stands. */
function matching(choices: readonly Choice[], typed: string): Choice[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  return choices
    .map(({ name, value }) => ({ value, name: shortened(harmlessLine(name), mostChars) || shortId(value) }))
    .filter(({ name, value }) => words.every((word) => `${name} ${value}`.toLowerCase().includes(word)))
    .slice(0, mostChoices)
}
