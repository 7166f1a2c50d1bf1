import type { App, Context, types } from '@slack/bolt'
import { LoomError } from '../../../core/errors.ts'
import { parseThreadId, type ThreadId } from '../../../core/thread-id.ts'
import { type JobLine, listJobs } from '../../../storage/jobs/list.ts'
import { usageReport } from '../../../storage/usage/report.ts'
import { mayAdminister } from '../../desk/decide.ts'
import { contextOf } from '../../desk/desk.ts'
import { dataWords } from '../../desk/help.ts'
import { settingsOf, settingsWords } from '../../desk/settings.ts'
import { jobLine } from '../../desk/status.ts'
import { usageWords } from '../../desk/usage.ts'
import { fromSlack } from '../read/faults.ts'
import { button, context, plainText } from '../render/elements.ts'
import type { Hearing } from './deps.ts'
import type { Press } from './press.ts'
import { actingOf, type Client, clientOf, type SlackActing } from './who.ts'
import { channelMark, plainSections, withChannels } from './words.ts'

const mostRunning = 10
const mostRecent = 5

interface Visitor {
  client: Client
  context: Context
  userId: string
}

/** A person's own page: what runs, what came of the last, what it costs, how data is used, and settings for admins. */
export function hearHome(app: App, deps: Hearing): void {
  app.event('app_home_opened', async ({ context, event }) => {
    if (event.tab !== 'home') return
    const visitor = { client: await clientOf(deps, context), context, userId: event.user }
    const key = `${context.teamId}:${event.user}`
    await deps.keepHome(key, () => republishHome(deps, visitor))
  })
}

export function isHome({ view }: Press): boolean {
  return view?.type === 'home'
}

/** Publishes the page as it is now, with a word on top where somebody pressed there. A page that fails is opened again. */
export async function republishHome(deps: Hearing, visitor: Visitor, word?: string): Promise<void> {
  const { client, context: slack, userId } = visitor
  try {
    const acting = await actingOf(deps, { client, context: slack, userId })
    const blocks = await homeBlocks(deps, acting, slack.teamId ?? '')
    const said = word === undefined ? [] : context([word])
    await client.views.publish({ user_id: userId, view: { type: 'home', blocks: [...said, ...blocks] } })
  } catch (thrown) {
    const { detail, kind } = fromSlack(thrown)
    deps.log.warn({ kind, detail }, 'a home page could not be published')
  }
}

async function homeBlocks(deps: Hearing, acting: SlackActing, teamId: string): Promise<types.AnyBlock[]> {
  const own = { askedBy: acting.account.identityId }
  const who = contextOf(acting)
  const [running, recent, report, admin, settings] = await Promise.all([
    listJobs(deps.store, who, { ...own, live: true, limit: mostRunning }),
    listJobs(deps.store, who, { ...own, live: false, limit: mostRecent }),
    usageReport(deps.store, who),
    isAdminNow(deps, acting),
    settingsOf(deps, acting),
  ])
  return [
    heading('Running for you'),
    ...(running.length > 0
      ? running.flatMap((job) => jobBlocks(job, teamId))
      : plainSections('Nothing runs now. Mention Loom in a thread and say what you want.')),
    ...(recent.length > 0 ? [heading('Recent'), ...recent.flatMap((job) => jobBlocks(job, teamId))] : []),
    heading('Usage'),
    ...plainSections(usageWords(report).join('\n')),
    heading('Your data'),
    ...plainSections([...dataWords, `More: ${deps.privacyUrl}`].join('\n')),
    ...(admin ? settingsBlocks(settings) : []),
  ]
}

/** Somebody of another organisation is none, and sees a page of their own all the same. */
async function isAdminNow(deps: Hearing, acting: SlackActing): Promise<boolean> {
  try {
    return await mayAdminister(deps, acting)
  } catch (thrown) {
    if (thrown instanceof LoomError && thrown.kind === 'forbidden') return false
    throw thrown
  }
}

function settingsBlocks(settings: Parameters<typeof settingsWords>[0]): types.AnyBlock[] {
  const change: types.Button = {
    type: 'button',
    text: plainText('Change settings'),
    action_id: 'loom:settings',
  }
  return [
    heading('Settings'),
    ...withChannels(settingsWords(settings, channelMark)),
    { type: 'actions', elements: [change] },
  ]
}

function jobBlocks(job: JobLine, teamId: string): types.AnyBlock[] {
  const value = { j: job.jobId }
  const ended = job.state === 'done' || job.state === 'failed' || job.state === 'cancelled'
  const stop = ended ? [] : [button({ label: 'Stop', action: 'loom:stop', value })]
  const details = button({ label: 'Details', action: 'loom:details', value })
  return [
    ...plainSections(jobLine(job)),
    { type: 'actions', elements: [...stop, details, ...openButtons(job, teamId)] },
  ]
}

/** A job that is seen nowhere in Slack has nothing to open here. */
function openButtons({ threads }: JobLine, teamId: string): types.Button[] {
  const thread = threads.find((each) => parseThreadId(each).platform === 'slack')
  if (!thread) return []
  const url = addressOf(thread, teamId)
  return [{ type: 'button', text: plainText('Open the thread'), action_id: 'loom:open', url }]
}

/** Slack's own address of a thread: opens for those who may see it. */
function addressOf(thread: ThreadId, teamId: string): string {
  const { channel, thread: ts } = parseThreadId(thread)
  return `https://app.slack.com/client/${teamId}/${channel}/thread/${channel}-${ts}`
}

function heading(text: string): types.HeaderBlock {
  return { type: 'header', text: plainText(text) }
}
