import type { ChatPort, ChatPorts } from '../../../core/chat.ts'
import type { Clock, Log } from '../../../core/ports.ts'
import type { ThreadId } from '../../../core/thread-id.ts'
import type { Gone } from '../../gone.ts'
import { createPace, type Sleep } from '../../port/pace.ts'
import type { DiscordRest } from '../rest.ts'
import { createFewAtOnce } from './few-at-once.ts'
import { createDiscordPort, createState, editEveryMs, noLongerInstalled, type Shared } from './port.ts'
import { createSpots } from './spots.ts'
import { createTyping } from './typing.ts'
import type { UploadLimit } from './upload.ts'

type Installation = { tenantId: string; installationId: string }

export interface DiscordPortsDeps {
  /** The one bot that all installations have. */
  rest: DiscordRest
  /** The bot's own id. */
  selfId: () => Promise<string>
  /** Whether the installation still stands; asked at least once a minute. */
  isInstalled(installation: Installation): Promise<boolean>
  /** Discord's id of whoever asked last in a thread, to be told when the thread can no longer be written to. */
  askerOf?: (installation: Installation, thread: ThreadId) => Promise<string | undefined>
  /** What Discord stated of the size of one file there (`attachment_size_limit`); told where it takes less. */
  uploadLimitOf?: (installation: Installation) => Promise<UploadLimit | undefined>
  /** Told of a thread that Discord says was deleted; answers whether a job ended with that, and whoever asked is told. */
  gone?: Gone
  /** Told where Loom is not let in: it may have been removed from the whole server. */
  shutOut?: (installation: Installation) => Promise<void>
  log: Log
  now: Clock
  sleep?: Sleep
}

/** For how long an installation is taken to stand without asking. */
const trustMs = 60_000
const mostKept = 5_000
/** Each holds up to 24 MB. */
const uploadsAtOnce = 3

/** Every server's Discord: a port for each installation, over one bot. */
export function createDiscordPorts(deps: DiscordPortsDeps): ChatPorts {
  const { log, now, rest } = deps
  const sleep = deps.sleep ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)))
  const pace = createPace({ now, sleep })
  const shared: Shared = {
    ...{ rest, pace, now },
    spots: createSpots({ rest, now }),
    typing: createTyping({ rest, pace, now }),
    fewAtOnce: createFewAtOnce(uploadsAtOnce),
  }
  const ports = new Map<string, { port: ChatPort; untilMs: number }>()

  const open = (installation: Installation): ChatPort =>
    createDiscordPort({
      ...shared,
      state: createState(shared),
      log,
      selfId: deps.selfId,
      askerOf: async (thread) => deps.askerOf?.(installation, thread),
      gone: async (place) => (await deps.gone?.(installation, place)) ?? false,
      shutOut: async () => deps.shutOut?.(installation),
      uploadLimit: async () => (await deps.uploadLimitOf?.(installation)) ?? {},
    })

  return {
    platform: 'discord',
    editEveryMs,
    async portFor(installation) {
      const id = `${installation.tenantId} ${installation.installationId}`
      const known = ports.get(id)
      if (known && known.untilMs > now()) return known.port
      if (!(await deps.isInstalled(installation))) {
        ports.delete(id)
        throw noLongerInstalled()
      }
      const port = known?.port ?? open(installation)
      ports.delete(id)
      ports.set(id, { port, untilMs: now() + trustMs })
      const [oldest] = ports.keys()
      if (ports.size > mostKept && oldest !== undefined) ports.delete(oldest)
      return port
    },
  }
}
