import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Faults, startFaults } from './api/faults.ts'
import { type ApiCall, startApi } from './api/handle.ts'
import { type Deliver, startDeliver } from './events/deliver.ts'
import { type SocketMode, startSocketMode } from './events/socket.ts'
import { argumentsOf, bodyOf, giveFile, send, signInPage, takeUpload } from './http.ts'
import { newId, newSecret } from './ids.ts'
import { newTeam, type Workspace, workspace } from './people/team.ts'
import { respond } from './responses.ts'
import { type AppSettings, startClock, type World } from './world.ts'

export interface SlackOptions {
  /** Slack's rate limits; off, because most tests are about other things. */
  limits?: boolean
  /** History as an app gets it that is sold outside Slack's marketplace. */
  limitedHistory?: boolean
  /** What the app asks for and subscribes to, where it is not the usual. */
  scopes?: readonly string[]
  subscriptions?: readonly string[]
  /** How soon an event has to be acknowledged: three seconds at Slack. */
  ackWithinMs?: number
}

export interface FakeSlack {
  /** For `slackApiUrl`. */
  url: string
  origin: string
  app: Readonly<AppSettings>
  addTeam(input: { name: string; id?: string; enterprise?: { id: string; name: string } }): Workspace
  now(): number
  /** Lets time pass for Slack alone: triggers and streams run out, and what is due is sent again. */
  pass(ms: number): void
  faults: Faults
  deliver: Deliver
  socket: SocketMode
  /** Every call of the API, in the order in which they were answered. */
  calls: ApiCall[]
  callsTo(method: string): ApiCall[]
  /** Resolves when no event or interaction is under way. */
  settled(): Promise<void>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const usualScopes = [
  'app_mentions:read',
  'assistant:write',
  'channels:history',
  'channels:read',
  'chat:write',
  'commands',
  'files:read',
  'files:write',
  'groups:history',
  'groups:read',
  'im:history',
  'im:read',
  'im:write',
  'metadata.message:read',
  'mpim:history',
  'mpim:read',
  'reactions:read',
  'reactions:write',
  'team:read',
  'users:read',
]

const usualSubscriptions = [
  'agent_session_stopped',
  'app_home_opened',
  'app_mention',
  'app_uninstalled',
  'channel_deleted',
  'group_deleted',
  'message.channels',
  'message.groups',
  'message.im',
  'message.mpim',
  'reaction_added',
  'tokens_revoked',
]

/**
 * Slack on loopback for the real Web API client and the real Bolt: workspaces, people, conversations, files, views and
 * an app with its events. It keeps what it is told and refuses what Slack refuses. Nothing goes out to anywhere else
 * than where `deliver.to` or Socket Mode says.
 */
export async function startSlack(options: SlackOptions = {}): Promise<FakeSlack> {
  const { ackWithinMs = 3000, limitedHistory = false, limits = false } = options
  const link = startSocketMode(() => world)
  const world: World = {
    origin: '',
    clock: startClock(),
    app: newApp(options),
    teams: new Map(),
    installs: new Map(),
    codes: new Map(),
    signIns: { codes: new Map(), people: new Map() },
    triggers: new Map(),
    uploads: new Map(),
    responseUrls: new Map(),
    emit: (team, event, channel) => delivery.emit(team, event, channel),
  }
  const delivery = startDeliver(world, { ackWithinMs, socket: link.socket })
  const api = startApi(world, { limits, limitedHistory })
  const { take, ...faults } = startFaults(world)
  const calls: ApiCall[] = []

  const answerCall = async (request: IncomingMessage, response: ServerResponse, url: URL) => {
    const name = url.pathname.replace('/api/', '')
    const { given, token } = await argumentsOf(request, url)
    const fault = take(name)
    const teamId = world.installs.get(token ?? '')?.teamId
    const { client_secret: _, ...args } = given
    const log = (outcome: string) =>
      calls.push({ method: name, args, teamId, outcome, atMs: world.clock.now() })
    if (fault && 'hang' in fault) return void log('hang')
    if (fault && 'dropCall' in fault) {
      log('dropCall')
      return void response.destroy()
    }
    if (fault && 'delayMs' in fault) await sleep(fault.delayMs)
    const { body, headers, status } = await api(name, { given, token, fault })
    const lost = fault && (['dropReply', 'hangReply'] as const).find((each) => each in fault)
    log(lost ?? (status === 200 && body.ok ? 'ok' : String(body.error)))
    if (lost === 'dropReply') return void response.destroy()
    if (lost === 'hangReply') return
    return send(response, status, body, headers)
  }

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', world.origin)
    const [, room = '', first = '', second = ''] = url.pathname.split('/')
    if (room === 'api') return answerCall(request, response, url)
    if (room === 'upload') {
      const fault = take('upload')
      if (fault && 'status' in fault) return send(response, fault.status, 'refused')
      return takeUpload(world, request, response, second)
    }
    if (room === 'files-pri') {
      const fault = take('download')
      if (fault && 'status' in fault) return send(response, fault.status, 'refused')
      return giveFile(world, request, response, first)
    }
    if (room === 'response') {
      const given = JSON.parse((await bodyOf(request)).toString() || '{}') as Record<string, unknown>
      const { body, status } = respond(world, url.pathname.replace('/response/', ''), given)
      return send(response, status, body)
    }
    return signInPage(response)
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      calls.push({
        method: request.url ?? '',
        args: {},
        teamId: undefined,
        outcome: `broken: ${error}`,
        atMs: 0,
      })
      response.destroy()
    })
  })
  server.on('upgrade', (request, stream) => link.upgrade(request, stream))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  world.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const close = async () => {
    link.socket.cut()
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  return {
    url: `${world.origin}/api/`,
    origin: world.origin,
    app: world.app,
    addTeam: (input) => {
      const team = newTeam(input)
      world.teams.set(team.id, team)
      return workspace({ world, team, interact: delivery.interact })
    },
    now: world.clock.now,
    pass: (ms) => {
      world.clock.pass(ms)
      delivery.runDue()
    },
    faults,
    deliver: delivery.deliver,
    socket: link.socket,
    calls,
    callsTo: (method) => calls.filter((each) => each.method === method),
    settled: delivery.settled,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function newApp(options: SlackOptions): AppSettings {
  const id = newId('A')
  return {
    id,
    name: 'Loom',
    clientId: `${Math.floor(Math.random() * 1e12)}.${Math.floor(Math.random() * 1e12)}`,
    clientSecret: newSecret(),
    signingSecret: newSecret(),
    verificationToken: newSecret(12),
    appToken: `xapp-1-${id}-${newSecret(8)}`,
    scopes: [...(options.scopes ?? usualScopes)],
    subscriptions: [...(options.subscriptions ?? usualSubscriptions)],
  }
}
