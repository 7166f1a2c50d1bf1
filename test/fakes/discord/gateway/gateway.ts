import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { accept, type Peer } from '../../web-socket.ts'
import { newSecret, shardOf } from '../ids.ts'
import { wireSelf } from '../wire/people.ts'
import { wireWholeGuild } from '../wire/places.ts'
import { type Emitted, type Guild, need, type World } from '../world.ts'
import { allIntents, asksTooMuch, heard } from './intents.ts'
import { dispatch, flush, type Session } from './session.ts'

export interface Gateway {
  /** The shards that are connected and identified now. */
  connected(): number[]
  /** Every event that a session was sent or would have been, oldest first. */
  events: { shard: number; type: string; data: unknown }[]
  /** Connections break without a word; the client may resume. */
  drop(shard?: number): void
  /** Discord closes with a code of its own. */
  close(code: number, shard?: number): void
  /** Nobody gets in until `open`: with `drop`, a gap. */
  shut(): void
  open(): void
  /** The connection stays and nothing comes through it, heartbeats unanswered, until `speak`. */
  silence(shard?: number): void
  speak(shard?: number): void
  /** INVALID_SESSION; what happens until the client identifies again is lost to it. */
  invalidate(options?: { resumable?: boolean; shard?: number }): void
  /** The client is told to connect again and resume. */
  reconnect(shard?: number): void
  /** Discord forgets its sessions: a RESUME is refused, and the events between are lost. */
  forget(): void
  /** How often a client identified, and resumed. */
  identifies: number
  resumes: number
}

export interface GatewayOptions {
  heartbeatMs: number
  /** How long a session without a connection can be resumed. */
  resumeWithinMs: number
  /** At least so many shards, or 4011. */
  shards: number
}

interface Link {
  peer: Peer
  session: Session | undefined
}

export function startGateway(world: () => World, options: GatewayOptions) {
  const links = new Set<Link>()
  const sessions = new Map<string, Session>()
  let isShut = false

  const of = (shard: number | undefined) =>
    [...links].filter((each) => shard === undefined || each.session?.shard === shard)
  const forgetSession = (session: Session | undefined) => session && sessions.delete(session.id)

  const gateway: Gateway = {
    events: [],
    identifies: 0,
    resumes: 0,
    connected: () => [...links].flatMap((each) => (each.session ? [each.session.shard] : [])),
    drop: (shard) => {
      for (const link of of(shard)) {
        lose(link)
        link.peer.destroy()
      }
    },
    close: (code, shard) => {
      for (const link of of(shard)) closeWith(link, code)
    },
    shut: () => {
      isShut = true
    },
    open: () => {
      isShut = false
    },
    silence: (shard) => {
      for (const { session } of of(shard)) if (session) session.silent = true
    },
    speak: (shard) => {
      for (const { session } of of(shard)) if (session) flush(session)
    },
    invalidate: ({ resumable = false, shard } = {}) => {
      for (const link of of(shard)) {
        if (!resumable) forgetSession(link.session)
        say(link.peer, 9, resumable)
        if (!resumable) link.session = undefined
      }
    },
    reconnect: (shard) => {
      for (const { peer } of of(shard)) say(peer, 7, null)
    },
    forget: () => sessions.clear(),
  }

  /** The connection is gone; the session waits for its client. */
  function lose(link: Link, code = 1006): void {
    links.delete(link)
    const { session } = link
    if (!session || session.peer !== link.peer) return
    session.peer = undefined
    session.silent = false
    session.unsent = []
    session.lostAtMs = world().clock.now()
    // A client that says goodbye does not come back.
    if (code === 1000 || code === 1001) forgetSession(session)
  }

  function closeWith(link: Link, code: number, reason = ''): void {
    links.delete(link)
    link.peer.close(code, reason)
    lose(link, code)
  }

  function identify(link: Link, given: Record<string, unknown>): void {
    const { app, botId, guilds, origin, users } = world()
    const [shard = 0, shards = 1] = (given.shard ?? [0, 1]) as number[]
    const intents = given.intents
    if (link.session) return void closeWith(link, 4005, 'Already authenticated.')
    if (given.token !== app.token) return void closeWith(link, 4004, 'Authentication failed.')
    if (shard >= shards || shard < 0) return void closeWith(link, 4010, 'Invalid shard.')
    if (shards < options.shards) return void closeWith(link, 4011, 'Sharding required.')
    if (typeof intents !== 'number' || (intents & ~allIntents) !== 0) {
      return void closeWith(link, 4013, 'Invalid intent(s).')
    }
    if (asksTooMuch(world(), intents)) return void closeWith(link, 4014, 'Disallowed intent(s).')
    gateway.identifies += 1
    const session: Session = {
      id: newSecret(16),
      shard,
      shards,
      intents,
      seq: 0,
      sent: [],
      peer: link.peer,
      lostAtMs: undefined,
      silent: false,
      unsent: [],
    }
    link.session = session
    sessions.set(session.id, session)
    const own = [...guilds.values()].filter(
      (guild) => guild.members.has(botId) && shardOf(guild.id, shards) === shard,
    )
    send(session, 'READY', {
      v: 10,
      user: wireSelf(need(users.get(botId), 'user')),
      guilds: own.map(({ id }) => ({ id, unavailable: true })),
      session_id: session.id,
      resume_gateway_url: `${origin.replace('http', 'ws')}/gateway`,
      shard: [shard, shards],
      application: { id: app.id, flags: app.flags },
    })
    for (const guild of own) if (!guild.unavailable) greet(session, guild)
  }

  function greet(session: Session, guild: Guild): void {
    if ((session.intents & 1) !== 0) send(session, 'GUILD_CREATE', wireWholeGuild(world(), guild))
  }

  function send(session: Session, type: string, data: unknown): void {
    gateway.events.push({ shard: session.shard, type, data: structuredClone(data) })
    dispatch(session, type, data)
  }

  function resume(link: Link, given: Record<string, unknown>): void {
    if (given.token !== world().app.token) return void closeWith(link, 4004, 'Authentication failed.')
    const session = sessions.get(String(given.session_id))
    const lostForMs = world().clock.now() - (session?.lostAtMs ?? world().clock.now())
    if (!session || lostForMs > options.resumeWithinMs) {
      forgetSession(session)
      return void say(link.peer, 9, false)
    }
    const seq = Number(given.seq)
    if (seq > session.seq) return void closeWith(link, 4007, 'Invalid seq.')
    gateway.resumes += 1
    session.peer?.destroy()
    session.peer = link.peer
    // What was silent was the connection, and this is another one.
    session.silent = false
    session.unsent = []
    session.lostAtMs = undefined
    link.session = session
    for (const missed of session.sent.filter((each) => each.s > seq)) {
      link.peer.send(JSON.stringify({ op: 0, ...missed }))
    }
    dispatch(session, 'RESUMED', {})
  }

  function take(link: Link, text: string): void {
    const given = parse(text)
    if (!given) return void closeWith(link, 4002, 'Error while decoding payload.')
    const data = (given.d ?? {}) as Record<string, unknown>
    switch (given.op) {
      case 1:
        if (!link.session?.silent) say(link.peer, 11, null)
        return
      case 2:
        return void identify(link, data)
      case 6:
        return void resume(link, data)
      case 3:
      case 4:
      case 8:
        if (!link.session) closeWith(link, 4003, 'Not authenticated.')
        return
      default:
        return void closeWith(link, 4001, 'Unknown opcode.')
    }
  }

  return {
    gateway,
    upgrade: (request: IncomingMessage, stream: Duplex, isDown: boolean) => {
      const key = request.headers['sec-websocket-key']
      if (!key || isShut || isDown) return void stream.destroy()
      const peer = accept(stream, key, {
        text: (text) => take(link, text),
        end: (code) => lose(link, code),
      })
      const link: Link = { peer, session: undefined }
      links.add(link)
      const { searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
      if (searchParams.get('v') !== '10') return void closeWith(link, 4012, 'Invalid API version.')
      say(peer, 10, { heartbeat_interval: options.heartbeatMs, _trace: [] })
    },
    emit: (event: Emitted) => {
      world().changed()
      for (const session of sessions.values()) {
        if (shardOf(event.guildId, session.shards) !== session.shard) continue
        const data = heard(world(), session.intents, event)
        if (data) send(session, event.type, data)
      }
    },
    /** A server that came, or came back. */
    greet: (guild: Guild) => {
      for (const session of sessions.values()) {
        if (shardOf(guild.id, session.shards) === session.shard) greet(session, guild)
      }
    },
  }
}

function say(peer: Peer, op: number, d: unknown): void {
  peer.send(JSON.stringify({ op, d, s: null, t: null }))
}

function parse(text: string): { op?: unknown; d?: unknown } | undefined {
  try {
    return JSON.parse(text) as { op?: unknown; d?: unknown }
  } catch {
    return undefined
  }
}
