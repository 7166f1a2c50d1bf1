import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shortId } from '../../src/bots/desk/here.ts'
import { startOutbox } from '../../src/bots/outbox.ts'
import { createSlack } from '../../src/bots/slack/index.ts'
import { createLinks } from '../../src/core/links.ts'
import { threadId } from '../../src/core/thread-id.ts'
import type { Platform } from '../../src/core/words.ts'
import { ensurePerson } from '../../src/storage/identities/ensure.ts'
import { linkIdentities } from '../../src/storage/identities/link.ts'
import { saveInstallation } from '../../src/storage/installations/save.ts'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { createWebApp } from '../../src/web/app.ts'
import { listen } from '../../src/web/listen.ts'
import { type FakeSlack, startSlack } from '../fakes/slack/server.ts'
import type { Tenant } from '../storage/support/bed.ts'
import { silentLog } from '../support/store.ts'
import { openRunning } from './desk/scene.ts'
import { type DiscordBed, openDiscordBed } from './discord/support/discord-bed.ts'

let bed: DiscordBed
let fake: FakeSlack
const stack = new AsyncDisposableStack()

/** One Loom in Discord and in Slack, hearing and showing on both; nothing works at the jobs but the tests. */
beforeAll(async () => {
  bed = await openDiscordBed()
  stack.defer(() => bed.close())
  fake = await startSlack()
  stack.defer(() => fake.close())
  const { store } = bed
  const publicUrl = 'http://loom.test'
  const slack = createSlack({
    ...{ store, log: silentLog, publicUrl, ring: () => undefined, installKey: randomBytes(32) },
    settings: {
      ...{ signingSecret: fake.app.signingSecret, botToken: undefined, oauth: undefined },
      ...{ appToken: undefined, apiUrl: fake.url },
    },
  })
  const links = createLinks({ key: randomBytes(32), baseUrl: publicUrl, now: Date.now, ttlMs: 900_000 })
  const { handlers } = slack
  const app = createWebApp({ store, objects: store.objects, links, log: silentLog, handlers })
  const web = await listen(app, { port: 0 })
  stack.defer(() => web.close({ boundMs: 1_000 }))
  const at = (path: string) => `http://127.0.0.1:${web.port}/slack/${path}`
  fake.deliver.to({ events: at('events'), interactivity: at('interactions'), commands: at('commands') })
  await slack.start()
  stack.defer(() => slack.close())
  for (const { ports } of [bed.discord, slack]) {
    const outbox = startOutbox({ store, port: ports, links, log: silentLog })
    stack.defer(() => outbox.close())
  }
})
afterAll(() => stack.disposeAsync())

/** A server and a workspace of one account; Ana is the same person in both, Ben is not. */
async function scene() {
  const { store } = bed
  const discord = await bed.guild()
  const { tenantId } = discord.account
  const team = fake.addTeam({ name: 'Acme' })
  const [ana, ben] = [team.addUser({ name: 'Ana' }), team.addUser({ name: 'Ben' })]
  const install = team.install({ installer: ana })
  const room = team.addChannel({ name: 'launch', members: [ana, ben, install] })
  const { appId, botToken, botUserId } = install
  const account = await saveInstallation(store, {
    ...{ platform: 'slack', kind: 'team', externalId: team.id, scopes: install.scopes, tenantId },
    tokens: { botToken, botUserId, appId },
    installer: { externalId: ben.id },
  })
  const as = async (platform: Platform, externalId: string, installationId: string): Promise<Tenant> => {
    const system = { tenantId, actor: { kind: 'system' } } as const
    const { identityId } = await ensurePerson(store, system, { platform, externalId })
    const context = { tenantId, actor: { kind: 'person', identityId } } as const
    return { tenantId, installationId, identityId, store, context }
  }
  const inDiscord = await as('discord', discord.ana.id, discord.account.installationId)
  const inSlack = await as('slack', ana.id, account.installationId)
  const pair = { identityId: inSlack.identityId, sameAsId: inDiscord.identityId }
  await linkIdentities(store, inDiscord.context, pair)
  return { discord, slack: { ana, ben, room, loom: `<@${botUserId}>` }, inDiscord, inSlack }
}

type Scene = Awaited<ReturnType<typeof scene>>

/** What Loom shows in a thread of either, as a person reads it, oldest first. */
const inSlackThread = ({ slack }: Scene, ts: string) =>
  slack.room.thread(ts).filter(({ who }) => who === 'Loom')
const inDiscordThread = ({ discord }: Scene, id: string) =>
  discord.ana.reads(id).filter(({ who }) => who === 'loom')
const comes = <T>(look: () => T | undefined) =>
  expect
    .poll(look, { timeout: 15_000, interval: 20 })
    .toBeDefined()
    .then(() => look() as T)
const saying =
  (words: string) =>
  (each: { text: string }): boolean =>
    each.text.includes(words)

test('a brief of Discord is watched and answered in Slack, and both threads say so', async () => {
  const at = await scene()
  const { discord, inDiscord, slack } = at
  const root = discord.ana.says(discord.channel.id, 'Compare the plans')
  const job = await openRunning(bed.bed, inDiscord, {
    thread: threadId('discord', discord.channel.id, root.id),
  })
  await comes(() => inDiscordThread(at, root.id).find(saying('The plan')))

  const there = slack.ana.says(slack.room.id, `${slack.loom} watch ${shortId(job.jobId)}`)
  await comes(() => inSlackThread(at, there.ts).find(saying('The plan')))
  expect(await comes(() => slack.ana.ephemerals(slack.room.id).at(-1))).toMatchObject({
    text: expect.stringContaining('Everyone who can read this channel sees it from now on'),
  })
  await comes(() => inDiscordThread(at, root.id).find(saying('also shown in another thread of Slack')))

  await job.ask(['the small one', 'the large one'])
  const asked = await comes(() => inSlackThread(at, there.ts).find(saying('Which plan?')))
  const original = await comes(() => inDiscordThread(at, root.id).find(saying('Which plan?')))
  await slack.ben.press(asked, 'loom:answer:1')
  const settled = (each: { text: string; ts?: string; id?: string }) =>
    (each.ts ?? each.id) === asked.ts || (each.ts ?? each.id) === original.id
      ? each.text.includes('the large one') && each.text.includes('Ben')
      : false
  await comes(() => inSlackThread(at, there.ts).find(settled))
  await comes(() => inDiscordThread(at, root.id).find(settled))

  const answer = 'The large one, by far.'
  await stopJob(bed.store, inDiscord.context, { jobId: job.jobId, state: 'done', answer })
  await comes(() => inSlackThread(at, there.ts).find(saying(answer)))
  await comes(() => inDiscordThread(at, root.id).find(saying(answer)))
  for (const thread of [inSlackThread(at, there.ts), inDiscordThread(at, root.id)]) {
    expect(thread.filter(saying(answer))).toHaveLength(1)
    expect(thread.filter(saying('Which plan?'))).toHaveLength(1)
  }
})

test('a brief of Slack is watched in Discord, steered from there and stopped, and comes no more where it is left', async () => {
  const at = await scene()
  const { discord, inSlack, slack } = at
  const root = slack.ana.says(slack.room.id, 'Compare the plans')
  const job = await openRunning(bed.bed, inSlack, { thread: threadId('slack', slack.room.id, root.ts) })
  const name = shortId(job.jobId)
  // Ben may not; what he is told is for him alone, where Discord can do that.
  discord.ben.says(discord.channel.id, `${bed.loom} watch ${name}`)
  const there = discord.ana.says(discord.channel.id, `${bed.loom} watch ${name}`)
  const card = await comes(() => inDiscordThread(at, there.id).find(saying('The plan')))
  expect(await bed.rows(`select 1 from loom.job_threads where job_id = '${job.jobId}'`)).toHaveLength(2)

  discord.ben.says(there.id, 'only the yearly prices')
  await bed
    .comes(() =>
      bed.rows(`select position from loom.brief_messages b join loom.jobs j on j.brief_id = b.brief_id
      where j.id = '${job.jobId}' and position > 0`),
    )
    .toHaveLength(1)

  const left = discord.ana.says(there.id, `${bed.loom} unwatch`)
  await comes(() => inDiscordThread(at, there.id).find(saying('no longer shown here')))
  discord.ana.says(there.id, `${bed.loom} watch ${name}`)
  await bed
    .comes(() => bed.rows(`select 1 from loom.job_threads where job_id = '${job.jobId}'`))
    .toHaveLength(2)
  expect(left.id).not.toBe(card.id)
  discord.ben.presses(card, 'Stop')
  await comes(() => inSlackThread(at, root.ts).find(saying('Stopped by Ben')))
  await comes(() => inDiscordThread(at, there.id).find(saying('Stopped by Ben')))
  expect(
    inDiscordThread(at, there.id)
      .filter(saying('The plan'))
      .map(({ id }) => id),
  ).toContain(card.id)
  expect(await bed.rows(`select 1 from loom.jobs where tenant_id = '${inSlack.tenantId}'`)).toHaveLength(1)
})
