import { gatherFiles } from '../bots/gather.ts'
import { startOutbox } from '../bots/outbox.ts'
import type { ChatPlatform } from '../bots/platform.ts'
import type { SignIn } from '../core/sign-in.ts'
import type { Platform } from '../core/words.ts'
import { startTaskRunner } from '../storage/leases/runner.ts'
import { mediaTypeOf } from '../swarm/workspace/media-type.ts'
import { earlierInputName, safeInputName } from '../swarm/workspace/path.ts'
import type { Parts } from './parts.ts'
import { fetcherOf, openPlatforms, signInsOf } from './platforms.ts'
import { type Role, timings } from './role.ts'

/** How many briefs' files are fetched at once. */
const slots = 8

export interface BotRole extends Role {
  /** What the chat platforms are reached by, to be mounted into the web app. */
  handlers: ChatPlatform['handlers']
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
  const platforms = await openPlatforms(parts, { config: parts.config, store })
  const onDone = () => parts.ring('worker')
  const deps = {
    store,
    fetchFile: fetcherOf(platforms),
    threadReaders: Object.fromEntries(platforms.map(({ platform, readThread }) => [platform, readThread])),
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
  const heard = options.listens ? platforms : []
  for (const { close, ports, start } of heard) {
    await start()
    stack.defer(close)
    const outbox = startOutbox({
      store,
      port: ports,
      links: parts.links,
      log: parts.log,
      holder: runner.holder,
      leaseMs: timings.leaseMs,
    })
    stack.defer(() => outbox.close())
  }
  const owned = stack.move()
  return {
    handlers: Object.assign({}, ...heard.map(({ handlers }) => handlers)),
    signIns: signInsOf(platforms),
    async close(input) {
      boundMs = input.boundMs
      await owned.disposeAsync()
    },
  }
}
