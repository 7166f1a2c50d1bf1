import { randomUUID } from 'node:crypto'
import { createDiscordPorts, type DiscordPortsDeps } from '../../../../src/bots/discord/port/ports.ts'
import { createDiscordRest } from '../../../../src/bots/discord/rest.ts'
import type { ChatPort, OutMessage } from '../../../../src/core/chat.ts'
import { type ThreadId, threadId } from '../../../../src/core/thread-id.ts'
import type { ChatPortSetup, VisibleMessage } from '../../../contracts/chat-port.ts'
import { type DiscordOptions, startDiscord } from '../../../fakes/discord/server.ts'
import { silentLog } from '../../../support/store.ts'

export type DiscordScene = Awaited<ReturnType<typeof discordScene>>

/** A server with Loom in it, somebody's question in a channel, and the port to it. Time passes only for waiting. */
export async function discordScene(options: DiscordOptions & Partial<DiscordPortsDeps> = {}) {
  const discord = await startDiscord(options)
  const ada = discord.people.add('Ada')
  const guild = discord.addGuild({ name: 'Acme', owner: ada })
  const channel = guild.addChannel({ name: 'churn' })
  const root = ada.says(channel.id, 'Compare the exports.')
  const thread = threadId('discord', channel.id, root.id)
  const installation = { tenantId: randomUUID(), installationId: randomUUID() }
  const { now } = discord
  /** Another process of Loom, which knows nothing of what this one did. */
  const openPorts = (part: Partial<DiscordPortsDeps> = {}) =>
    createDiscordPorts({
      rest: createDiscordRest({ token: discord.token, apiUrl: discord.apiUrl, log: silentLog, now }),
      selfId: async () => discord.bot.id,
      isInstalled: async () => true,
      askerOf: async () => ada.id,
      log: silentLog,
      now,
      sleep: async (ms) => discord.pass(ms),
      ...options,
      ...part,
    })
  const openPort = (part: Partial<DiscordPortsDeps> = {}): Promise<ChatPort> =>
    openPorts(part).portFor(installation)
  return {
    ...{ discord, ada, guild, channel, root, thread, installation, openPorts, openPort },
    port: await openPort(),
    /** What stands in the thread, as a person reads it; nothing while there is none. */
    posts: () => (discord.world.channels.has(root.id) ? ada.reads(root.id).slice(1) : []),
    close: () => discord.close(),
  }
}

export async function discordSetup(): Promise<ChatPortSetup> {
  const scene = await discordScene()
  const kinds = new Map<string, string>()
  const port: ChatPort = {
    ...scene.port,
    async post(thread: ThreadId, message: OutMessage, input) {
      const ref = await scene.port.post(thread, message, input)
      for (const id of ref.match(/\d{17,}/gu) ?? []) if (!kinds.has(id)) kinds.set(id, message.kind)
      return ref
    },
  }
  return {
    port,
    thread: scene.thread,
    otherThread: 'slack:C1:1.2',
    another: () => scene.openPort(),
    visible: async () => scene.posts().map((post) => visible(post, kinds.get(post.id) ?? 'file')),
    disturbances: async () =>
      scene.posts().flatMap(({ mentions, pings, previews }) => [...mentions, ...pings, ...previews]),
    close: () => scene.close(),
  }
}

function visible(post: ReturnType<DiscordScene['posts']>[number], kind: string): VisibleMessage {
  const buttons = post.buttons.map(({ label }) => `[ ${label} ]`)
  const files = post.files
    .filter((file) => file.visible)
    .flatMap(({ bytes, name }) => [name, bytes.toString()])
  return { ref: post.id, kind, text: [post.text, ...buttons, ...files].join('\n') }
}
