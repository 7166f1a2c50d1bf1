import type { ChatPort, ChatPorts } from '../../../core/chat.ts'
import type { Clock, Log } from '../../../core/ports.ts'
import type { ThreadId } from '../../../core/thread-id.ts'
import type { Sleep } from '../../port/pace.ts'
import { createCalls } from './call.ts'
import { createSlackPort, createState, editEveryMs, type InstallationState } from './port.ts'

export interface SlackAccess {
  botToken: string
  /** What was granted; empty where nobody knows. */
  scopes: readonly string[]
}

type Installation = { tenantId: string; installationId: string }

export interface SlackPortsDeps {
  /** Throws `forbidden` when the installation is gone. */
  accessOf(installation: Installation): Promise<SlackAccess>
  /** Slack's id of whoever asked last in a thread, to be told when the thread can no longer be written to. */
  askerOf?: (installation: Installation, thread: ThreadId) => Promise<string | undefined>
  /** Told of a thread whose channel Slack does not know any more; answers whether whoever asked there is told of it. */
  gone?: (installation: Installation, thread: ThreadId) => Promise<boolean>
  /** Where an admin installs Loom anew, to grant what is missing. */
  reinstallUrl?: string | undefined
  slackApiUrl?: string | undefined
  log: Log
  now: Clock
  sleep?: Sleep
}

/** For how long a token is used without asking whether it still stands. */
const trustMs = 60_000

/** Every workspace's Slack: a port for each installation, made anew when its token may have changed. */
export function createSlackPorts(deps: SlackPortsDeps): ChatPorts {
  const sleep = deps.sleep ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)))
  const states = new Map<string, InstallationState>()
  const ports = new Map<string, { port: ChatPort; untilMs: number }>()

  const stateOf = (id: string): InstallationState => {
    const found = states.get(id) ?? createState({ now: deps.now, sleep })
    states.set(id, found)
    return found
  }

  return {
    platform: 'slack',
    editEveryMs,
    async portFor(installation) {
      const id = `${installation.tenantId} ${installation.installationId}`
      const known = ports.get(id)
      if (known && known.untilMs > deps.now()) return known.port
      ports.delete(id)
      const access = await deps.accessOf(installation)
      const state = stateOf(id)
      const { log, now } = deps
      const port = createSlackPort({
        calls: createCalls({
          token: access.botToken,
          slackApiUrl: deps.slackApiUrl,
          log,
          now,
          resting: state.resting,
        }),
        state,
        log,
        scopes: access.scopes,
        reinstallUrl: deps.reinstallUrl,
        askerOf: async (thread) => deps.askerOf?.(installation, thread),
        gone: async (thread) => (await deps.gone?.(installation, thread)) ?? false,
        onTokenFault: () => ports.delete(id),
      })
      ports.set(id, { port, untilMs: now() + trustMs })
      return port
    },
  }
}
