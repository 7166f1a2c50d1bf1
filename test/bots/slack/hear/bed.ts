import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { webApi } from '@slack/bolt'
import { afterEach } from 'vitest'
import { createSlackApp } from '../../../../src/bots/slack/app.ts'
import { createAuthorizer } from '../../../../src/bots/slack/authorize.ts'
import { createSlackClients } from '../../../../src/bots/slack/clients.ts'
import { registerDesk } from '../../../../src/bots/slack/hear/index.ts'
import { createSlackHttp } from '../../../../src/bots/slack/http.ts'
import { quietLogger } from '../../../../src/bots/slack/quiet-logger.ts'
import { createNames } from '../../../../src/bots/slack/read/names.ts'
import { renderCard } from '../../../../src/bots/slack/render/card.ts'
import { slackTaking } from '../../../../src/bots/slack/take/taking.ts'
import { threadId } from '../../../../src/core/thread-id.ts'
import type { Lane } from '../../../../src/core/words.ts'
import { claimDeliveries, loadDelivery } from '../../../../src/storage/deliveries/claim.ts'
import { ensurePerson } from '../../../../src/storage/identities/ensure.ts'
import { saveInstallation } from '../../../../src/storage/installations/save.ts'
import { viewJob } from '../../../../src/storage/jobs/view.ts'
import { type FakeSlack, type SlackOptions, startSlack } from '../../../fakes/slack/server.ts'
import type { Block } from '../../../fakes/slack/world.ts'
import type { Tenant } from '../../../storage/support/bed.ts'
import { silentLog, type TestBed } from '../../../support/store.ts'
import { openRunning } from '../../desk/scene.ts'

const privacyUrl = 'https://loom.example/privacy'

/** A workspace with Loom in it: the real Bolt over our own receiver, on a real Postgres, against the fake Slack. */
export function useWorkspace(bed: () => TestBed) {
  const open: { close(): Promise<unknown> }[] = []
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close()
  })

  return async (options: SlackOptions = {}) => {
    const slack = await startSlack(options)
    open.push(slack)
    const store = bed().store()
    const rung: Lane[] = []
    const http = createSlackHttp({ signingSecret: slack.app.signingSecret, now: slack.now, log: silentLog })
    const authorizer = createAuthorizer({ store })
    const app = createSlackApp({ receiver: http.receiver, authorizer, apiUrl: slack.url, log: silentLog })
    const ring = (lane: Lane) => void rung.push(lane)
    const clients = createSlackClients({ store, apiUrl: slack.url, log: silentLog })
    const names = createNames({ now: slack.now })
    const reach = { store, log: silentLog, clients, names }
    registerDesk(app, { ...reach, ...slackTaking(reach), ring, privacyUrl, forget: authorizer.forget })
    const server = createServer(getRequestListener(http.handle)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    slack.deliver.to(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`)
    open.push({
      close: async () => {
        await http.receiver.stop()
        server.closeAllConnections()
        server.close()
      },
    })
    /** What is on its way to these people alone, by the outbox. */
    const onItsWayTo = async (...people: { id: string }[]): Promise<string[]> => {
      const due = await claimDeliveries(store, {
        platform: 'slack',
        holder: randomUUID(),
        limit: 50,
        leaseMs: 0,
      })
      const all = await Promise.all(due.map((each) => loadDelivery(store, each)))
      const theirs = all.filter((each) => people.some(({ id }) => id === each?.onlyFor))
      return theirs.map((each) => each?.text ?? '').sort()
    }
    const joined = (name: string, enterprise?: { id: string; name: string }) =>
      join(slack, bed(), name, enterprise)
    return { slack, rung, store, onItsWayTo, first: await joined('Acme'), join: joined }
  }
}

export type Workspace = Awaited<ReturnType<typeof join>>

async function join(slack: FakeSlack, bed: TestBed, name: string, enterprise?: { id: string; name: string }) {
  const store = bed.store()
  const team = slack.addTeam({ name, ...(enterprise ? { enterprise } : {}) })
  const ana = team.addUser({ name: 'Ana' })
  const ben = team.addUser({ name: 'Ben' })
  const cleo = team.addUser({ name: 'Cleo', isAdmin: true })
  const install = team.install({ installer: cleo, orgWide: enterprise !== undefined })
  const channel = team.addChannel({ name: 'launch', members: [ana, ben, cleo, install] })
  const account = await saveInstallation(store, {
    platform: 'slack',
    kind: enterprise ? 'enterprise' : 'team',
    externalId: enterprise?.id ?? team.id,
    tokens: { botToken: install.botToken, botUserId: install.botUserId, appId: install.appId },
    scopes: install.scopes,
    installer: { externalId: 'U0INSTALLER', name: 'Installer' },
  })
  const client = new webApi.WebClient(install.botToken, {
    slackApiUrl: slack.url,
    retryConfig: { retries: 0 },
    logger: quietLogger(silentLog),
  })

  /** The tenant as one person of the workspace. */
  const as = async (who: { id: string }): Promise<Tenant> => {
    const system = { tenantId: account.tenantId, actor: { kind: 'system' } } as const
    const person = { platform: 'slack', externalId: who.id } as const
    const { identityId } = await ensurePerson(store, system, person)
    const actor = { kind: 'person', identityId } as const
    return { ...account, identityId, store, context: { tenantId: account.tenantId, actor } }
  }
  const posts = (threadTs: string, blocks: unknown[], text = 'x') =>
    client.chat.postMessage({ channel: channel.id, thread_ts: threadTs, text, blocks: blocks as never })

  return {
    team,
    ana,
    ben,
    cleo,
    install,
    channel,
    account,
    client,
    as,
    /** What Loom posts with one button, as a message of the thread. */
    postsButton: async (threadTs: string, action: string, value: unknown) => {
      const { ts = '' } = await posts(threadTs, [buttonBlock(action, value)])
      return { ts }
    },
    /** A job that Ana asked for, at work in a thread of the channel, with its card as Loom posts it. */
    openJob: async () => {
      const root = ana.says(channel.id, `<@${install.botUserId}> Compare the plans`)
      const asker = await as(ana)
      const job = await openRunning(bed, asker, {
        thread: threadId('slack', channel.id, root.ts),
        text: 'Compare the plans',
      })
      const state = async () => {
        const view = await viewJob(store, asker.context, job)
        if (!view) throw new Error('the job is gone')
        return view.card
      }
      const { blocks, text } = renderCard(await state())
      const { ts = '' } = await posts(root.ts, blocks, text)
      return { ...job, root, card: { ts }, state }
    },
  }
}

function buttonBlock(action: string, value: unknown): Block {
  const words = { type: 'plain_text', text: 'Press' }
  const said = typeof value === 'string' ? value : JSON.stringify(value)
  return { type: 'actions', elements: [{ type: 'button', text: words, action_id: action, value: said }] }
}
