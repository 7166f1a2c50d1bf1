import { randomUUID } from 'node:crypto'
import { createSlackPorts, type SlackPortsDeps } from '../../../../src/bots/slack/port/ports.ts'
import type { ChatPort, OutMessage } from '../../../../src/core/chat.ts'
import { type ThreadId, threadId } from '../../../../src/core/thread-id.ts'
import type { ChatPortSetup, VisibleMessage } from '../../../contracts/chat-port.ts'
import { type SlackOptions, startSlack } from '../../../fakes/slack/server.ts'
import { silentLog } from '../../../support/store.ts'

export type SlackScene = Awaited<ReturnType<typeof slackScene>>

/** A workspace with Loom in it, somebody's question in a channel, and the port to it. Time passes only for waiting. */
export async function slackScene(options: SlackOptions & Partial<SlackPortsDeps> = {}) {
  const slack = await startSlack({ limits: true, ...options })
  const team = slack.addTeam({ name: 'Acme' })
  const person = team.addUser({ name: 'ada' })
  const install = team.install()
  const room = team.addChannel({ name: 'churn', members: [person, install] })
  const { ts: root } = await person.says(room.id, 'Compare the exports.')
  const thread = threadId('slack', room.id, root)
  const installation = { tenantId: randomUUID(), installationId: randomUUID() }
  /** Another process of Loom, which knows nothing of what this one did. */
  const openPort = (part: Partial<SlackPortsDeps> = {}): Promise<ChatPort> =>
    createSlackPorts({
      accessOf: async () => ({ botToken: install.botToken, scopes: install.scopes }),
      askerOf: async () => person.id,
      slackApiUrl: slack.url,
      log: silentLog,
      now: slack.now,
      sleep: async (ms) => slack.pass(ms),
      ...options,
      ...part,
    }).portFor(installation)
  return {
    slack,
    team,
    person,
    install,
    room,
    root,
    thread,
    openPort,
    port: await openPort(),
    /** What stands in the thread below the question, as a person reads it. */
    posts: () => room.thread(root).slice(1),
    close: () => slack.close(),
  }
}

export async function slackSetup(): Promise<ChatPortSetup> {
  const scene = await slackScene()
  const kinds = new Map<string, string>()
  const port: ChatPort = {
    ...scene.port,
    async post(thread: ThreadId, message: OutMessage, input) {
      const ref = await scene.port.post(thread, message, input)
      for (const ts of ref.match(/\d+\.\d{6}/gu) ?? []) if (!kinds.has(ts)) kinds.set(ts, message.kind)
      return ref
    },
  }
  return {
    port,
    thread: scene.thread,
    otherThread: 'discord:1:2',
    another: () => scene.openPort(),
    visible: async () => scene.posts().map((post) => visible(post, kinds.get(post.ts) ?? 'file')),
    disturbances: async () => scene.posts().flatMap(({ pings, previews }) => [...pings, ...previews]),
    close: () => scene.close(),
  }
}

function visible(post: ReturnType<SlackScene['posts']>[number], kind: string): VisibleMessage {
  const buttons = post.buttons.map(({ label }) => `[ ${label} ]`)
  const files = post.files.flatMap(({ bytes, title }) => [title, bytes.toString()])
  return { ref: post.ts, kind, text: [post.text, ...buttons, ...files].join('\n') }
}
