import type { APIChatInputApplicationCommandInteraction } from 'discord.js'
import { z } from 'zod'
import { LoomError } from '../../../core/errors.ts'
import { listArtifacts } from '../../../storage/artifacts/list.ts'
import { runCommand } from '../../desk/command.ts'
import { contextOf } from '../../desk/desk.ts'
import { helpWords } from '../../desk/help.ts'
import { isCalled } from '../../desk/here.ts'
import { star, unstar } from '../../desk/star.ts'
import { statusOf } from '../../desk/status.ts'
import type { HearDeps } from './deps.ts'
import { jobDetails } from './details.ts'
import { isFirst } from './once.ts'
import type { Typed } from './options.ts'
import type { Outcome } from './outcome.ts'
import { settingsShown } from './settings.ts'
import { actingOf, type DiscordActing } from './who.ts'
import { channelMark, plain } from './words.ts'

/** What `/loom …` does, but for a brief. Throws `LoomError` with the sentence for the person. */
export async function runTyped(
  deps: HearDeps,
  { interaction, typed }: { interaction: APIChatInputApplicationCommandInteraction; typed: Typed },
): Promise<Outcome> {
  const acting = await actingOf(deps, interaction)
  if (!(await isFirst(deps, acting, interaction))) return { kind: 'seen' }
  const { texts, verb } = typed
  const { file = '', job = '', schedule = '' } = texts
  switch (verb) {
    case 'help':
      return words(helpWords('/loom', moreHelp))
    case 'settings':
      return settingsShown(deps, acting)
    case 'status':
      return job === ''
        ? line(deps, acting, verb)
        : jobDetails(deps, acting, { jobId: await ownJob(deps, acting, job) })
    case 'stop':
      return line(deps, acting, `stop ${job}`)
    case 'watch':
      return line(deps, acting, `watch ${job}`)
    case 'unwatch':
      return line(deps, acting, verb)
    case 'connect':
      return line(deps, acting, `connect ${texts.platform}`)
    case 'usage':
      return line(deps, acting, verb)
    case 'schedules list':
      return line(deps, acting, 'schedules')
    case 'schedules pause':
    case 'schedules resume':
    case 'schedules delete':
      return line(deps, acting, `${verb.split(' ')[1]} ${schedule}`)
    case 'star':
      return words((await star(deps, acting, await ownFile(deps, acting, { file, starred: false }))).text)
    case 'unstar':
      return words((await unstar(deps, acting, await ownFile(deps, acting, { file, starred: true }))).text)
    case 'object':
    case 'allow':
      return line(
        deps,
        acting,
        [verb, texts.what ?? '', texts.what && texts.all === 'true' ? 'all' : ''].join(' '),
      )
    case 'export':
    case 'forget-me':
    case 'delete-account':
    case 'ignore-me':
    case 'hear-me':
      return line(deps, acting, [verb, ...confirming.filter((word) => texts[word] === 'true')].join(' '))
    default:
      throw new LoomError({
        kind: 'invalid_input',
        message: 'Loom does not know that command. /loom help names them.',
      })
  }
}

/** What cannot be undone is said first and done with one more word; `all` widens an export. */
const confirming = ['yes', 'posts', 'undo', 'all'] as const

const moreHelp = [
  '/loom brief: say what you want, with files; a thread begins for it',
  '/loom star: keep a file for longer than 90 days; unstar takes that back',
  'Take this to Loom, among the apps of a message: have Loom work on what was said',
]

async function line(deps: HearDeps, acting: DiscordActing, text: string): Promise<Outcome> {
  const reply = await runCommand(deps, acting, {
    text,
    command: '/loom',
    mention: '@Loom',
    nameOf: channelMark,
  })
  return words(reply.text)
}

function words(text: string): Outcome {
  return { kind: 'words', messages: plain(text) }
}

/** What was chosen from the offer is an id; what was typed may be the end of one. The desk looks whether it may be read. */
async function ownJob(deps: HearDeps, acting: DiscordActing, typed: string): Promise<string> {
  if (z.uuid().safeParse(typed).success) return typed
  const { here, own } = await statusOf(deps, acting)
  const found = [...own, ...here].find(({ jobId }) => isCalled(jobId, typed))
  if (found) return found.jobId
  throw new LoomError({
    kind: 'not_found',
    message: 'No job that runs for you or here goes by that ID. Choose one from the list.',
  })
}

const chosenFile = z
  .string()
  .transform((text) => text.split(':'))
  .pipe(z.tuple([z.uuid(), z.uuid()]))
const mostLooked = 200

async function ownFile(
  deps: HearDeps,
  acting: DiscordActing,
  { file, starred }: { file: string; starred: boolean },
): Promise<{ jobId: string; artifactId: string }> {
  const chosen = chosenFile.safeParse(file).data
  if (chosen) return { jobId: chosen[0], artifactId: chosen[1] }
  const askedBy = acting.account.identityId
  const own = await listArtifacts(deps.store, contextOf(acting), { askedBy, starred, limit: mostLooked })
  const found = own.find(({ path }) => path.toLowerCase() === file.trim().toLowerCase())
  if (found) return found
  throw new LoomError({
    kind: 'not_found',
    message: 'No file of yours goes by that name. Choose one from the list.',
  })
}
