/**
 * Discord on loopback for the real discord.js client and the real @discordjs/rest. It keeps what it is told, refuses what
 * Discord refuses with Discord's own bodies and codes, and reads back what people see. In it:
 *
 * - `world`: one application with its bot, users, servers (roles, members, overwrites), text, announcement, voice and
 *   forum channels, threads, direct messages, files behind signed addresses that run out, commands, installs.
 * - REST v10 (`api/`): messages, threads, channels, members and roles to look at, commands, interaction callbacks,
 *   webhooks of interactions, OAuth; multipart uploads; buckets, the global limit and 429 where `limits` is set.
 *   A field of a message or component that Discord would pass over in silence is refused as UNKNOWN_FIELD.
 * - Gateway (`gateway/`): identify, shards, intents, resume with replay, invalid sessions, reconnects, silence and gaps.
 * - Interactions (`interact/`): by the gateway, or signed to an address; three seconds and fifteen minutes by `clock`.
 * - `people`: they write, run commands, complete, press, choose, fill in forms, install; and read, each as themselves.
 * - `faults`, `gateway` and `pass` make bad weather; `until` waits for what comes of it without sleeping.
 *
 * Not there: voice, reactions of people, pins, polls, stickers, webhooks of other kinds, audit logs, slow mode, time-outs,
 * auto moderation, verification levels, making channels or roles by the API, compression and member chunks, previews as
 * embeds, threads that fall asleep by themselves, the limit of two renames in ten minutes.
 */

import { generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { applicationRoutes } from './api/application.ts'
import { commandRoutes } from './api/commands.ts'
import { startFaults } from './api/faults.ts'
import { type ApiCall, startApi } from './api/handle.ts'
import { interactionRoutes } from './api/interactions.ts'
import type { LimitOptions } from './api/limits.ts'
import { messageRoutes } from './api/messages.ts'
import { oauthRoutes } from './api/oauth.ts'
import { placeRoutes } from './api/places.ts'
import { threadRoutes } from './api/threads.ts'
import { webhookRoutes } from './api/webhooks.ts'
import { startClock } from './clock.ts'
import { startGateway } from './gateway/gateway.ts'
import { giveFile, readBody, send } from './http.ts'
import { newId, newSecret } from './ids.ts'
import { startInteractions } from './interact/deliver.ts'
import type { Desk } from './people/desk.ts'
import { addBot, newGuild, type Server, server } from './people/guild.ts'
import { type Person, person } from './people/person.ts'
import { usual } from './permissions.ts'
import { type Shown, shown } from './read/shown.ts'
import { need, type User, type World } from './world.ts'

export interface DiscordOptions {
  /** Discord's limits; off, because most tests are about other things. `{ scale: 0.1 }` shortens the windows. */
  limits?: boolean | LimitOptions
  /** Whether the Message Content intent is granted to the application. */
  messageContent?: boolean
  /** How many shards Discord recommends and requires. */
  shards?: number
  heartbeatMs?: number
  resumeWithinMs?: number
  /** Discord's time; the machine's where none is given. */
  clock?: { now(): number }
  redirectUris?: string[]
}

export type FakeDiscord = Awaited<ReturnType<typeof startDiscord>>

export async function startDiscord(options: DiscordOptions = {}) {
  const { messageContent = true, shards = 1 } = options
  const clock = startClock(options.clock)
  const keys = generateKeyPairSync('ed25519')
  const botId = newId(clock.now())
  const app = {
    // As with most applications, the bot has the application's id.
    id: botId,
    name: 'Loom',
    flags: messageContent ? 1 << 19 : 0,
    clientSecret: newSecret(),
    token: `${Buffer.from(botId).toString('base64url')}.${newSecret(4)}.${newSecret(27)}`,
    publicKey: keys.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex'),
    privateKey: keys.privateKey,
    redirectUris: options.redirectUris,
    interactionsUrl: undefined,
  }
  const world: World = {
    origin: '',
    clock,
    app,
    botId,
    shards,
    users: new Map(),
    guilds: new Map(),
    channels: new Map(),
    attachments: new Map(),
    commands: new Map(),
    interactions: new Map(),
    codes: new Map(),
    bearers: new Map(),
    refreshes: new Map(),
    cdnSecret: newSecret(),
    emit: (event) => link.emit(event),
    watchers: new Set(),
    changed: () => {
      for (const look of world.watchers) look()
    },
  }
  const link = startGateway(() => world, {
    heartbeatMs: options.heartbeatMs ?? 41_250,
    resumeWithinMs: options.resumeWithinMs ?? 180_000,
    shards,
  })
  const { gateway } = link
  const { faults, take } = startFaults(clock, () => gateway.drop())
  const { deliver, interactions } = startInteractions(world)
  const calls: ApiCall[] = []
  const api = startApi(world, {
    routes: [
      ...applicationRoutes(interactions.to),
      ...messageRoutes,
      ...threadRoutes,
      ...oauthRoutes,
      ...placeRoutes,
      ...commandRoutes,
      ...interactionRoutes,
      ...webhookRoutes,
    ],
    limits: options.limits === true ? { scale: 1 } : options.limits || undefined,
    take,
    calls,
  })
  const desk: Desk = { world, gateway, greet: link.greet, deliver }
  addUser(world, { id: botId, username: 'loom', bot: true })

  const answerCall = async (request: IncomingMessage, response: ServerResponse, url: URL) => {
    const answered = await api({
      method: request.method ?? 'GET',
      path: url.pathname.replace(/^\/api(\/v10)?/, ''),
      query: url.searchParams,
      authorization: request.headers.authorization,
      body: () => readBody(request),
    })
    const { fault } = answered
    if (fault && ('dropCall' in fault || 'dropReply' in fault)) return void response.destroy()
    if (fault && ('hang' in fault || 'hangReply' in fault)) return
    if (fault && 'delayMs' in fault) await sleep(fault.delayMs)
    send(response, answered.status, answered.body, answered.headers)
  }

  const http = createServer((request, response) => {
    const url = new URL(request.url ?? '/', world.origin)
    if (url.pathname.startsWith('/api/')) {
      answerCall(request, response, url).catch((error: unknown) => {
        broken.push(error)
        response.destroy()
      })
    } else if (url.pathname.startsWith('/attachments/')) giveFile(world, response, url)
    else response.writeHead(404).end()
  })
  /** What the fake itself could not do: a test that ends well has none. */
  const broken: unknown[] = []
  http.on('upgrade', (request, stream) => link.upgrade(request, stream, faults.isDown()))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  world.origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`

  const close = async () => {
    clock.stop()
    gateway.shut()
    gateway.drop()
    http.closeAllConnections()
    await new Promise<void>((resolve) => http.close(() => resolve()))
    if (broken.length > 0) throw new Error('the fake Discord broke', { cause: broken[0] })
  }
  return {
    origin: world.origin,
    /** For `DISCORD_API_URL` and the client's `rest.api`. */
    apiUrl: `${world.origin}/api`,
    token: app.token,
    applicationId: app.id,
    publicKey: app.publicKey,
    clientSecret: app.clientSecret,
    bot: { id: botId, mention: `<@${botId}>` },
    world,
    gateway,
    interactions,
    faults,
    people: {
      add: (name: string, input: { bot?: boolean; locale?: string } = {}): Person =>
        person(desk, addUser(world, { ...input, username: name.toLowerCase(), globalName: name })),
      byId: (id: string): Person => person(desk, need(world.users.get(id), 'user')),
    },
    /** A server; the bot is in it, with what everyone may do and `botPermissions`, unless `bot` is false. */
    addGuild: (input: {
      name: string
      owner: { id: string }
      id?: string
      bot?: boolean
      botPermissions?: bigint
      members?: readonly { id: string }[]
    }): Server => {
      const id = input.id ?? newId(clock.now())
      const guild = newGuild({ id, name: input.name, ownerId: input.owner.id, nowMs: clock.now() })
      world.guilds.set(id, guild)
      const made = server(desk, guild)
      for (const member of input.members ?? []) made.join(member)
      if (input.bot !== false) addBot(desk, guild, input.botPermissions ?? usual)
      return made
    },
    guild: (id: string): Server => server(desk, need(world.guilds.get(id), 'guild')),
    /** A message as it stands, whoever may see it. */
    message: (spot: { id: string; channelId: string }): Shown => {
      const channel = need(world.channels.get(spot.channelId), 'channel')
      return shown(
        world,
        need(
          channel.messages.find((each) => each.id === spot.id),
          'message',
        ),
      )
    },
    now: clock.now,
    /** Lets time pass for Discord alone. */
    pass: clock.pass,
    /** Every call of the API, in the order in which they came. */
    calls,
    callsTo: (route: string) => calls.filter((each) => each.route === route),
    /** Resolves with what `look` finds, as soon as there is something; Discord's every change looks again. */
    until: <Found>(look: () => Found | undefined | false | null, withinMs = 10_000): Promise<Found> =>
      new Promise((resolve, reject) => {
        const end = (settle: () => void) => {
          clearTimeout(timer)
          world.watchers.delete(again)
          settle()
        }
        const again = () => {
          try {
            const found = look()
            if (found) end(() => resolve(found))
          } catch (error) {
            end(() => reject(error))
          }
        }
        const timer = setTimeout(() => end(() => reject(new Error('it did not come about'))), withinMs)
        world.watchers.add(again)
        again()
      }),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function addUser(world: World, input: Partial<User> & { username: string }): User {
  const user: User = {
    id: newId(world.clock.now()),
    globalName: null,
    bot: false,
    locale: 'en-US',
    refusesDms: false,
    hasApp: false,
    ...input,
  }
  world.users.set(user.id, user)
  return user
}
