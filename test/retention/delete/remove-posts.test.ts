import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDiscordProcessor } from '../../../src/bots/discord/forget.ts'
import { createRemovingPorts } from '../../../src/bots/discord/removing.ts'
import { createSlackProcessor } from '../../../src/bots/slack/forget.ts'
import type { ChatPorts } from '../../../src/core/chat.ts'
import { type ThreadId, threadId } from '../../../src/core/thread-id.ts'
import { driveErasures } from '../../../src/retention/delete/drive.ts'
import type { Store } from '../../../src/storage/database.ts'
import { claimDeliveries } from '../../../src/storage/deliveries/claim.ts'
import { threadHash } from '../../../src/storage/deliveries/open.ts'
import { sayInThread } from '../../../src/storage/deliveries/say.ts'
import { loadDeletion, requestDeletion, undoDeletion } from '../../../src/storage/erasure/delete-tenant.ts'
import { forgetPerson } from '../../../src/storage/erasure/forget-person.ts'
import { loadTombstone } from '../../../src/storage/erasure/tombstones.ts'
import { followLedger } from '../../../src/storage/ledger/follow.ts'
import { type DiscordBed, openDiscordBed } from '../../bots/discord/support/discord-bed.ts'
import { openSlackBed, type SlackBed } from '../../bots/slack/support/slack-bed.ts'
import { openOutbox } from '../../bots/support/outbox.ts'
import { eraseAll, quickTimes } from '../../storage/erasure/support.ts'

const dayMs = 24 * 60 * 60_000
const wish = { reason: 'request', undoMs: dayMs, removePosts: true } as const

let slack: SlackBed
let discord: DiscordBed
beforeAll(async () => {
  ;[slack, discord] = await Promise.all([openSlackBed(), openDiscordBed()])
})
afterAll(() => Promise.all([slack.close(), discord.close()]))

type Account = { tenantId: string; installationId: string }
const contextOf = ({ tenantId }: Account) => ({ tenantId, actor: { kind: 'operator' } }) as const
const receiptOf = (bed: SlackBed | DiscordBed, account: Account) =>
  loadTombstone(bed.bed.store('loom_purge'), contextOf(account), {
    kind: 'tenant',
    subjectId: account.tenantId,
  })

/** Has Loom say words in a thread, each once, and waits until all of them stand there. */
async function said(
  bed: { store: Store; rows: SlackBed['rows'] },
  ports: ChatPorts,
  input: { account: Account; thread: ThreadId; words: readonly string[] },
): Promise<void> {
  const { account, thread, words } = input
  const { installationId } = account
  for (const text of words)
    await sayInThread(bed.store, contextOf(account), { installationId, thread, subject: text, text })
  const outbox = openOutbox(bed.store, ports)
  const open = () =>
    bed.rows(`select 1 from loom.deliveries where tenant_id = '${account.tenantId}' and state <> 'sent'`)
  await expect.poll(open, { timeout: 30_000 }).toEqual([])
  await outbox.close()
}

/** A workspace in whose thread Loom has said some words. */
async function workspace(words: readonly string[]) {
  const place = await slack.workspace()
  const root = await place.ana.says(place.channel.id, 'What people said')
  const thread = threadId('slack', place.channel.id, root.ts)
  await said(slack, slack.slack.ports, { account: place.account, thread, words })
  const texts = () => place.channel.thread(root.ts).map(({ text }) => text)
  expect(texts()).toHaveLength(words.length + 1)
  return {
    ...place,
    thread,
    texts,
    request: () => requestDeletion(slack.store, contextOf(place.account), wish),
  }
}

test('what Loom posted in Slack goes when the day is over, before its token does, and nothing of what people wrote', async () => {
  const { account, install, request, texts } = await workspace(['One.', 'Two.'])
  const { apiUrl } = slack.settings
  const processors = [
    createSlackProcessor({ store: slack.store, apiUrl, ownToken: undefined, log: slack.store.log }),
  ]
  const ports = [slack.slack.ports]
  await request()
  await eraseAll(slack.bed, { aheadMs: dayMs - 60_000, processors, ports })
  expect(texts()).toHaveLength(3)
  await eraseAll(slack.bed, { aheadMs: dayMs + 10_000, processors, ports })
  expect(texts()).toEqual(['What people said'])
  expect(install.state).toBe('token_revoked')
  expect((await receiptOf(slack, account))?.counts).toMatchObject({
    ...{ posts: 'done', postsRemoved: 2, processor_slack: 'told' },
  })
  expect(JSON.stringify((await receiptOf(slack, account))?.counts)).not.toMatch(/One|Two/)
})

test('what Loom posted in Discord goes with the name of its thread, and then Loom leaves', async () => {
  const at = await discord.guild()
  const root = at.ana.says(at.channel.id, 'Secret wishes')
  const thread = threadId('discord', at.channel.id, root.id)
  const { applicationId, apiUrl, token } = discord.fake
  const deps = {
    store: discord.store,
    log: discord.store.log,
    settings: { applicationId, apiUrl, token, guildId: undefined },
  }
  const words = ['One.', 'Two.']
  await said(discord, discord.discord.ports, { account: at.account, thread, words })
  expect(at.guild.threads()).toMatchObject([{ name: 'Secret wishes' }])
  await requestDeletion(discord.store, contextOf(at.account), wish)
  const input = { processors: [createDiscordProcessor(deps)], ports: [createRemovingPorts(deps)] }
  await eraseAll(discord.bed, { aheadMs: dayMs + 10_000, ...input })
  expect(at.guild.threads()).toMatchObject([{ name: 'Loom' }])
  const left = at.ana.reads(root.id).map(({ text }) => text)
  expect(left.join()).not.toMatch(/One|Two/)
  expect(discord.fake.world.guilds.get(at.guild.id)?.members.has(discord.fake.bot.id)).toBe(false)
  expect((await receiptOf(discord, at.account))?.counts).toMatchObject({
    ...{ posts: 'done', postsRemoved: 2, processor_discord: 'told' },
  })
})

test('without the wish posts stay; said later it holds, through an undo it does not', async () => {
  const { account, request, texts } = await workspace(['One.'])
  const plain = () => requestDeletion(slack.store, contextOf(account), { reason: 'request', undoMs: dayMs })
  const { dueAtMs } = await plain()
  expect(await request()).toEqual({ dueAtMs, removesPosts: true })
  expect(await plain()).toEqual({ dueAtMs, removesPosts: true })
  await undoDeletion(slack.store, contextOf(account))
  expect(await plain()).toMatchObject({ removesPosts: false })
  await eraseAll(slack.bed, { aheadMs: dayMs + 60_000, ports: [slack.slack.ports] })
  expect(texts()).toEqual(['What people said', 'One.'])
  expect((await receiptOf(slack, account))?.counts.posts).toBeUndefined()
})

test('a wish outlives a database that is put back to before it', async () => {
  const { account, request, texts } = await workspace(['One.'])
  await followLedger(slack.store)
  const { admin } = slack.bed
  const [before] = await admin`select seq, hash from loom_shared.ledger_position`
  await request()
  await admin`delete from loom.tombstones where tenant_id = ${account.tenantId}`
  await admin`update loom_shared.ledger_position set seq = ${before?.seq}, hash = ${before?.hash}`
  expect(await loadDeletion(slack.store, contextOf(account))).toBeUndefined()
  expect(await followLedger(slack.store)).toBe(1)
  await eraseAll(slack.bed, { aheadMs: dayMs + 10_000, ports: [slack.slack.ports] })
  expect(texts()).toEqual(['What people said'])
})

test('who has themselves forgotten may have what was posted for their own briefs removed, and nothing of others', async () => {
  const place = await slack.workspace()
  const { account, channel, loom, team } = place
  const ben = team.addUser({ name: 'Ben' })
  channel.invite(ben)
  const roots = [
    place.ana.says(channel.id, `${loom} compare the exports`),
    ben.says(channel.id, `${loom} compare the prices`),
  ]
  const texts = (index: number) => channel.thread(roots[index]?.ts ?? '').map(({ text }) => text)
  const outbox = openOutbox(slack.store, slack.slack.ports)
  await expect
    .poll(() => [texts(0).length > 1, texts(1).length > 1], { timeout: 30_000 })
    .toEqual([true, true])
  const [who] = await slack.bed.admin<{ id: string }[]>`
    select b.asked_by as id from loom.briefs b join loom.threads t on t.id = b.thread_id
    where t.address = ${threadId('slack', channel.id, roots[0]?.ts ?? '')}`
  const identityId = who?.id ?? ''
  await forgetPerson(slack.store, contextOf(account), { identityId, removePosts: true })
  const ports = [slack.slack.ports]
  // What runs is stopped first and says so, and then that goes too.
  const gone = async () => {
    await eraseAll(slack.bed, { aheadMs: 10_000, ports })
    const subject = { kind: 'identity', subjectId: identityId } as const
    return (await loadTombstone(slack.store, contextOf(account), subject))?.counts.posts
  }
  await expect.poll(gone, { timeout: 60_000 }).toBe('done')
  await outbox.close()
  const left = texts(0)
  expect(left[0]).toContain('compare the exports')
  expect(left.slice(1).join()).not.toMatch(/compare the exports|Planning|Stopped/)
  expect(texts(1).join()).toMatch(/compare the prices\n/)
})

test('a platform that does not answer is waited for, until keys can wait no longer; the receipt says what stayed', async () => {
  const { account, request, texts } = await workspace(['One.', 'Two.', 'Three.'])
  await request()
  const ports = [slack.slack.ports]
  slack.fake.faults.next('chat.delete', { status: 503 }, 1_000)
  await eraseAll(slack.bed, { aheadMs: dayMs + 10_000, ports })
  expect(await loadDeletion(slack.store, contextOf(account))).toMatchObject({
    tombstonedAtMs: undefined,
    counts: { posts: 'asked' },
  })
  expect(texts()).toHaveLength(4)
  await eraseAll(slack.bed, { aheadMs: dayMs + quickTimes.removeMs + 10_000, ports })
  slack.fake.faults.mend()
  expect(texts()).toHaveLength(4)
  expect(await receiptOf(slack, account)).toMatchObject({
    tombstonedAtMs: expect.any(Number),
    counts: { posts: 'given_up', postsGivenUp: 3 },
  })
})

test('what somebody is sending at this moment is waited for, and what is not sent yet never is', async () => {
  const { account, request, texts, thread } = await workspace(['One.'])
  const { installationId } = account
  for (const text of ['Two.', 'Three.'])
    await sayInThread(slack.store, contextOf(account), { installationId, thread, subject: text, text })
  await request()
  const sealer = await slack.store.vault.sealer(account.tenantId, 'content')
  const held = await claimDeliveries(slack.store, {
    ...{ platform: 'slack', holder: randomUUID(), limit: 1, leaseMs: 600_000 },
    // Other accounts of this file have deliveries of their own, due by and by.
    threadHashes: [threadHash(sealer, thread)],
  })
  expect(held).toHaveLength(1)
  const ports = [slack.slack.ports]
  await eraseAll(slack.bed, { aheadMs: dayMs + 10_000, ports })
  expect(texts()).toHaveLength(2)
  expect((await receiptOf(slack, account))?.counts.posts).toBe('asked')
  await slack.bed.admin`
    update loom.due_deliveries set lease_until = now() - interval '1 second' where tenant_id = ${account.tenantId}`
  await eraseAll(slack.bed, { aheadMs: dayMs + 30_000, ports })
  expect(texts()).toEqual(['What people said'])
  expect((await receiptOf(slack, account))?.counts).toMatchObject({ posts: 'done', postsRemoved: 1 })
})

test('a refused token, or a platform that the settings no longer name, keeps nothing waiting', async () => {
  const [refused, unnamed] = [await workspace(['One.']), await workspace(['Two.'])]
  await refused.request()
  slack.fake.faults.revoke(refused.install.botToken)
  await eraseAll(slack.bed, { aheadMs: dayMs + 10_000, ports: [slack.slack.ports] })
  await unnamed.request()
  await eraseAll(slack.bed, { aheadMs: dayMs + 10_000 })
  for (const { account } of [refused, unnamed])
    expect((await receiptOf(slack, account))?.counts).toMatchObject({ posts: 'done', postsKept: 1 })
})

test('broken off behind any post, or with a reply lost, each is counted once and none is left', async () => {
  const { account, request, texts } = await workspace(['One.', 'Two.', 'Three.', 'Four.'])
  await request()
  slack.fake.faults.next('chat.delete', { dropReply: true })
  const now = () => Date.now() + dayMs + 10_000
  const as = (role: 'loom_app' | 'loom_purge') => ({ ...slack.bed.store(role), now })
  for (let turns = 0; turns < 20; turns += 1) {
    const dying = new AbortController()
    const ports: ChatPorts = {
      ...slack.slack.ports,
      async portFor(installation) {
        dying.abort()
        return slack.slack.ports.portFor(installation)
      },
    }
    const deps = { store: as('loom_app'), purge: as('loom_purge'), processors: [], ports: [ports] }
    await driveErasures({ ...deps, signal: dying.signal }, quickTimes)
    await slack.bed.admin`update loom.timers set due_at = now() where tenant_id = ${account.tenantId}`
  }
  expect(texts()).toEqual(['What people said'])
  const { postsGone, postsRemoved } = (await receiptOf(slack, account))?.counts ?? {}
  expect({ postsGone, postsRemoved }).toEqual({ postsGone: 1, postsRemoved: 3 })
})
