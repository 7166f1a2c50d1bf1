import { type SessionInfo, WebSocketManager, WebSocketShardEvents } from '@discordjs/ws'
import { type GatewayDispatchPayload, GatewayIntentBits, REST } from 'discord.js'
import { toLoomError } from '../../core/errors.ts'
import type { Log } from '../../core/ports.ts'
import { persist } from '../persist.ts'
import { type CloseMeaning, gatewayFault, meaningOf } from './gateway-fault.ts'

const { DirectMessages, GuildMessages, Guilds, MessageContent } = GatewayIntentBits
const addressed = Guilds | GuildMessages | DirectMessages
/** A start does not wait longer for Discord's sessions: they come by and by. */
const startMs = 10_000
const closeMs = 3_000

/** What happened on one shard of the Gateway. */
export interface GatewayEvent {
  payload: GatewayDispatchPayload
  shard: Shard
}

export interface Shard {
  id: number
  /** Of how many. */
  of: number
}

export interface GatewayDeps {
  token: string
  apiUrl: string
  shards: 'auto' | { first: number; last: number; of: number }
  /** Whether two sessions may begin at once; Discord says how many may in five seconds, and the library keeps to it. */
  atOnce?: boolean
  log: Log
  /** Whether to ask for what people say without addressing Loom; told when Discord does not allow it. */
  content: { asked(): boolean; refused(): void }
  hear(event: GatewayEvent): void
  /** A session began that continues none: what was said on the shard until now may have been missed. */
  begun(shard: Shard, guildIds: readonly string[]): void
}

export interface Gateway {
  /** Opens the sessions. Throws only what trying again would not mend, such as a token that Discord does not take. */
  start(): Promise<void>
  close(): Promise<void>
}

/**
 * Discord's Gateway by its library: sharded, resumed, connected again. Nothing of it is kept in memory but the sessions'
 * numbers. A session that Discord ends for good is opened anew where that can help, and told of in the log where not.
 */
export function createGateway(deps: GatewayDeps): Gateway {
  const { log } = deps
  const closing = new AbortController()
  let current: ReturnType<typeof openManager> | undefined

  const connect = async (): Promise<void> => {
    const opened = openManager(deps, (meaning) => again(opened, meaning))
    current = opened
    try {
      await opened.manager.connect()
    } catch (thrown) {
      await opened.retire()
      const meaning = meaningOf(thrown)
      if (meaning !== 'content_refused' || closing.signal.aborted) throw gatewayFault(thrown)
      deps.content.refused()
      await connect()
    }
  }

  /** A shard was sent away for good, in the middle of its work. */
  const again = (opened: NonNullable<typeof current>, meaning: CloseMeaning): void => {
    if (closing.signal.aborted || current !== opened || !opened.connected()) return
    if (meaning === 'final') {
      log.error({}, 'Discord closed the Gateway for good: see DISCORD_TOKEN')
      return
    }
    if (meaning === 'content_refused') deps.content.refused()
    log.warn({ meaning }, 'the Gateway is opened anew')
    opened
      .retire()
      .then(() => persist({ log, signal: closing.signal, platform: 'Discord' }, connect))
      .catch((thrown) => {
        const { detail, kind } = toLoomError(thrown)
        log.error({ kind, detail }, 'the Gateway could not be opened anew')
      })
  }

  return {
    async start() {
      const opening = persist({ log, signal: closing.signal, platform: 'Discord' }, connect)
      const patience = Promise.withResolvers<'late'>()
      const timer = setTimeout(() => patience.resolve('late'), startMs)
      const first = await Promise.race([opening, patience.promise]).finally(() => clearTimeout(timer))
      if (first !== 'late') return
      log.warn({}, 'Discord’s Gateway takes long to open; Loom goes on waiting for it')
      opening.catch((thrown) => {
        const { detail, kind } = toLoomError(thrown)
        log.error({ kind, detail }, 'Discord’s Gateway refuses Loom')
      })
    },
    async close() {
      closing.abort()
      await current?.retire()
    },
  }
}

function openManager(deps: GatewayDeps, sentAway: (meaning: CloseMeaning) => void) {
  const sessions = new Map<number, SessionInfo>()
  const rest = new REST({ version: '10', api: deps.apiUrl, retries: 0 }).setToken(deps.token)
  const { shards } = deps
  let retired = false
  let isConnected = false
  const manager = new WebSocketManager({
    token: deps.token,
    rest,
    intents: deps.content.asked() ? addressed | MessageContent : addressed,
    ...(shards === 'auto'
      ? {}
      : { shardCount: shards.of, shardIds: { start: shards.first, end: shards.last } }),
    ...(deps.atOnce ? { buildIdentifyThrottler: () => ({ waitForIdentify: async () => undefined }) } : {}),
    // A shard that waits to connect again would do so after the end: it never gets its session.
    retrieveSessionInfo: (id) => (retired ? new Promise<null>(() => undefined) : (sessions.get(id) ?? null)),
    updateSessionInfo: (id, session) => void (session ? sessions.set(id, session) : sessions.delete(id)),
  })
  const counts = new Map<number, number>()
  const shardOf = (id: number): Shard => ({ id, of: counts.get(id) ?? 1 })

  manager.on(WebSocketShardEvents.Ready, ({ data, shardId }) => {
    if (retired) return
    counts.set(shardId, data.shard?.[1] ?? 1)
    const guildIds = data.guilds.map(({ id }) => id)
    deps.begun(shardOf(shardId), guildIds)
  })
  manager.on(WebSocketShardEvents.Dispatch, ({ data, shardId }) => {
    if (!retired) deps.hear({ payload: data, shard: shardOf(shardId) })
  })
  manager.on(WebSocketShardEvents.Error, ({ error, shardId }) => {
    deps.log.warn({ shard: shardId, detail: error.name }, 'a session of the Gateway failed')
  })
  manager.on(WebSocketShardEvents.Closed, ({ code, shardId }) => {
    if (retired) return
    deps.log.info({ shard: shardId, code }, 'a session of the Gateway was closed')
    const meaning = meaningOf(code)
    if (meaning !== 'passing') sentAway(meaning)
  })

  return {
    manager: {
      async connect() {
        await manager.connect()
        isConnected = true
      },
    },
    connected: () => isConnected,
    async retire() {
      if (retired) return
      retired = true
      const late = new Promise<void>((resolve) => setTimeout(resolve, closeMs).unref())
      await Promise.race([manager.destroy({ code: 1_000 }), late])
      rest.clearHashSweeper()
      rest.clearHandlerSweeper()
    },
  }
}
