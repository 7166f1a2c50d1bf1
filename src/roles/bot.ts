import { type FileFetcher, gatherFiles } from '../bots/gather.ts'
import { fetchLocalFile } from '../bots/local/fetch-file.ts'
import { startOutbox } from '../bots/outbox.ts'
import type { Slack } from '../bots/slack/index.ts'
import { LoomError } from '../core/errors.ts'
import type { SignIn } from '../core/sign-in.ts'
import type { Platform } from '../core/words.ts'
import { startTaskRunner } from '../storage/leases/runner.ts'
import { mediaTypeOf } from '../swarm/workspace/media-type.ts'
import { earlierInputName, safeInputName } from '../swarm/workspace/path.ts'
import type { Parts } from './parts.ts'
import { type Role, timings } from './role.ts'
import { openSlack } from './slack.ts'

/** How many briefs' files are fetched at once. */
const slots = 8

export interface BotRole extends Role {
  /** What the chat platforms are reached by, to be mounted into the web app. */
  handlers: Slack['handlers']
  /** Where people can show who they are. */
  signIns: Partial<Record<Platform, SignIn>>
}

/**
 * The chat side of one process: fetches what briefs need, from whatever platform they come. With `listens` it hears the
 * platforms that the settings name; a terminal beside a running Loom leaves that to it.
 */
export async function startBot(parts: Parts, options: { listens?: boolean } = {}): Promise<BotRole> {
  const store = parts.openStore('loom_app')
  await using stack = new AsyncDisposableStack()
  const slack = await openSlack(parts, { config: parts.config, store })
  const onDone = () => parts.ring('worker')
  const deps = {
    store,
    fetchFile: fetcherOf(slack),
    threadReaders: slack ? { slack: slack.readThread } : {},
    nameFor: safeInputName,
    earlierNameFor: earlierInputName,
    mediaTypeOf,
    onDone,
  }
  const runner = await startTaskRunner({
    store,
    databaseUrl: parts.urls.app,
    role: 'loom_app',
    lane: 'bot',
    slots,
    leaseMs: timings.leaseMs,
    log: parts.log,
    ring: parts.bell.ring,
    run: (run) => gatherFiles(deps, run),
  })
  let boundMs = 0
  stack.defer(() => runner.close({ boundMs }))
  await parts.answer('bot', runner.wake)
  if (slack && options.listens) {
    await slack.start()
    stack.defer(() => slack.close())
    const outbox = startOutbox({
      store,
      port: slack.ports,
      links: parts.links,
      log: parts.log,
      holder: runner.holder,
      leaseMs: timings.leaseMs,
    })
    stack.defer(() => outbox.close())
  }
  const owned = stack.move()
  return {
    handlers: options.listens ? (slack?.handlers ?? {}) : {},
    signIns: slack?.signIn ? { slack: slack.signIn } : {},
    async close(input) {
      boundMs = input.boundMs
      await owned.disposeAsync()
    },
  }
}

/** Sources begin with the name of their platform: `local:/path/of/file`, `slack:F0123`. */
function fetcherOf(slack: Slack | undefined): FileFetcher {
  return async (input) => {
    const [platform = ''] = input.source.split(':', 1)
    const source = input.source.slice(platform.length + 1)
    if (platform === 'local') return fetchLocalFile({ ...input, source })
    if (platform === 'slack' && slack) return slack.fetchFile({ ...input, source })
    throw new LoomError({
      kind: 'invalid_input',
      message: 'Loom cannot fetch files from there.',
      detail: platform,
    })
  }
}
