import { connectWords } from '../../bots/desk/connect.ts'
import { placeOf as discordPlace } from '../../bots/discord/port/place.ts'
import { placeOf as slackPlace } from '../../bots/slack/port/place.ts'
import { LoomError } from '../../core/errors.ts'
import { parseThreadId, type ThreadId } from '../../core/thread-id.ts'
import { platformNames } from '../../core/words.ts'
import { openInstallLinks } from '../../roles/install-links.ts'
import type { Store, TenantContext } from '../../storage/database.ts'
import { installationsReaching } from '../../storage/installations/reaching.ts'
import { unwatchJob, watchJob } from '../../storage/jobs/watch.ts'
import { type Command, idFrom, notFound } from './command.ts'

export const chatCommands: readonly Command[] = [
  {
    name: 'watch',
    usage: 'watch JOB THREAD',
    help: 'show a job in a thread of a chat as well, as in slack:C0123:1700000000.000100',
    async run({ context, store }, words) {
      const jobId = idFrom(words, 0, 'job')
      const thread = threadFrom(words[1])
      const installationId = await chatOf(store, context, { thread })
      const watched = await watchJob(store, context, { jobId, installationId, thread })
      if (!watched) throw notFound('job')
      if (watched.kind === 'already') return 'The job is shown there already.'
      return 'Everyone who can read that thread sees the job there from now on, as soon as Loom runs.'
    },
  },
  {
    name: 'unwatch',
    usage: 'unwatch JOB THREAD',
    help: 'show it there no more',
    async run({ context, store }, words) {
      const jobId = idFrom(words, 0, 'job')
      const thread = threadFrom(words[1])
      const left = await unwatchJob(store, context, { jobId, thread })
      return left ? 'The job is no longer shown there.' : 'That thread shows no job of elsewhere by that id.'
    },
  },
  {
    name: 'connect',
    usage: 'connect PLATFORM',
    help: 'a link that brings a workspace of slack or a server of discord to this account; open it while npm start runs',
    async run({ context, parts, store }, words) {
      const { actor, tenantId } = context
      const links = await openInstallLinks({ config: parts.config, store })
      const identityId = actor.kind === 'person' ? actor.identityId : ''
      return connectWords(links.linkFor({ platform: words[0] ?? '', tenantId, identityId }))
    },
  },
]

function threadFrom(word = ''): ThreadId {
  const thread = word as ThreadId
  const { platform } = parseThreadId(thread)
  if (slackPlace(thread) ?? discordPlace(thread)) return thread
  throw new LoomError({
    kind: 'invalid_input',
    message:
      platform === 'local'
        ? 'A terminal shows its own briefs; see another with npm run loom -- show JOB.'
        : `A thread of ${platformNames[platform]} is written as in ${examples[platform]}.`,
  })
}

const examples = {
  slack: 'slack:C0123:1700000000.000100',
  discord: 'discord:1100000000000000000:1100000000000000001',
} as const

/** The chat of the account through which a thread is reached. */
async function chatOf(store: Store, context: TenantContext, input: { thread: ThreadId }): Promise<string> {
  const [installationId, another] = await installationsReaching(store, context, input)
  if (installationId !== undefined && another === undefined) return installationId
  const platform = platformNames[parseThreadId(input.thread).platform]
  throw new LoomError({
    kind: 'not_found',
    message:
      another === undefined
        ? `${platform} is not connected with this account.`
        : `Several chats of ${platform} are connected with this account. Mention Loom in the thread instead, with the words watch ID.`,
  })
}
