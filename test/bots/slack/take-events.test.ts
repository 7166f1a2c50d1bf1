import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadSaid } from '../../../src/storage/briefs/said.ts'
import { openSlackBed, type SlackBed } from './support/slack-bed.ts'

let bed: SlackBed
beforeAll(async () => {
  bed = await openSlackBed()
})
afterAll(() => bed.close())

const jobsOf = async ({ account }: Awaited<ReturnType<SlackBed['workspace']>>) =>
  bed.rows(`select id, state from loom.jobs where tenant_id = '${account.tenantId}' order by created_at`)
const messagesOf = async ({ account }: Awaited<ReturnType<SlackBed['workspace']>>) => {
  const sealer = await bed.store.vault.sealer(account.tenantId, 'content')
  const rows = await bed.bed.admin<
    { id: string; author: string; body_sealed: Uint8Array; prompt: boolean }[]
  >`
    select m.id, m.author, m.body_sealed, exists (select 1 from loom.briefs b where b.prompt_message_id = m.id) as prompt
    from loom.messages m where m.tenant_id = ${account.tenantId} order by m.said_at, m.created_at`
  return rows.map(
    (row) => `${row.prompt ? '! ' : ''}${sealer.openText(`messages.body:${row.id}`, row.body_sealed)}`,
  )
}
const wordsOf = async ({ account }: Awaited<ReturnType<SlackBed['workspace']>>) => {
  const sealer = await bed.store.vault.sealer(account.tenantId, 'content')
  const rows = await bed.bed.admin<{ id: string; body_sealed: Uint8Array }[]>`
    select * from loom.deliveries where tenant_id = ${account.tenantId} and kind = 'notice' order by created_at`
  return rows.map((row) => JSON.parse(sealer.openText(`deliveries.body:${row.id}`, row.body_sealed)))
}

test('a mention that comes as two kinds of event, each twice and out of order, is one job', async () => {
  const place = await bed.workspace()
  bed.fake.deliver.hold()
  bed.fake.deliver.copies(2)
  place.ana.says(place.channel.id, `${place.loom} compare the exports`)
  bed.fake.deliver.release('reversed')
  await bed.fake.settled()
  bed.fake.deliver.copies(1)
  expect(await jobsOf(place)).toHaveLength(1)
  expect(await messagesOf(place)).toEqual(['! compare the exports'])
  expect(bed.fake.deliver.log.every(({ acknowledged }) => acknowledged)).toBe(true)
  const mention = bed.fake.deliver.envelopes.find(({ event }) => event.type === 'app_mention')
  bed.fake.deliver.again(mention?.event_id ?? '')
  await bed.fake.settled()
  expect(await jobsOf(place)).toHaveLength(1)
})

test('replies that come beside the mention of their thread, or just before it, are heard', async () => {
  const place = await bed.workspace()
  bed.fake.deliver.hold()
  const root = place.ana.says(place.channel.id, `${place.loom} compare the exports`)
  for (const text of ['by plan', 'and by region', 'in euro']) {
    place.ana.says(place.channel.id, { text, threadTs: root.ts })
  }
  bed.fake.deliver.release('reversed')
  await bed.fake.settled()
  expect(await jobsOf(place)).toHaveLength(1)
  const kept = (await messagesOf(place)).toSorted()
  expect(kept).toEqual(['! compare the exports', 'and by region', 'by plan', 'in euro'])
})

test('what people say to each other stays unread', async () => {
  const place = await bed.workspace()
  const root = place.ana.says(place.channel.id, 'lunch?')
  place.ana.says(place.channel.id, { text: 'yes', threadTs: root.ts })
  await bed.fake.settled()
  expect(await messagesOf(place)).toEqual([])
  expect(await jobsOf(place)).toEqual([])
})

test('replies steer the running job, with or without a mention, but not what is said to somebody else', async () => {
  const place = await bed.workspace()
  const root = place.ana.says(place.channel.id, `${place.loom} compare the exports`)
  const ben = place.team.addUser({ name: 'Ben' })
  place.channel.invite(ben)
  await bed.fake.settled()
  for (const text of [
    'only the Solo plan',
    `${place.loom} and leave out tests`,
    `${ben.mention} is that right?`,
  ]) {
    place.ana.says(place.channel.id, { text, threadTs: root.ts })
    await bed.fake.settled()
  }
  const [job, ...more] = await jobsOf(place)
  expect(more).toEqual([])
  const context = { tenantId: place.account.tenantId, actor: { kind: 'system' } } as const
  const said = await loadSaid(bed.store, context, { jobId: job?.id ?? '', taskId: job?.id ?? '' })
  expect(said.map(({ text }) => text)).toEqual(['only the Solo plan', 'and leave out tests'])
  expect((await messagesOf(place)).length).toBe(4)
})

test('in a direct message every word is an order', async () => {
  const place = await bed.workspace()
  const dm = place.team.openDm(place.ana)
  place.ana.says(dm.id, 'what is in this file?')
  await bed.fake.settled()
  expect(await messagesOf(place)).toEqual(['! what is in this file?'])
})

test('an edit corrects the running job once; a deletion empties our copy', async () => {
  const place = await bed.workspace()
  const root = place.ana.says(place.channel.id, `${place.loom} compare the exports`)
  await bed.fake.settled()
  await bed.bed.admin`update loom.jobs set state = 'running' where tenant_id = ${place.account.tenantId}`
  const reply = place.ana.says(place.channel.id, { text: 'only January', threadTs: root.ts })
  await bed.fake.settled()
  place.ana.edits(reply, 'only February')
  await bed.fake.settled()
  expect(await messagesOf(place)).toEqual([
    '! compare the exports',
    'only January',
    'Corrected: only February',
  ])
  const aside = place.ana.says(place.channel.id, {
    text: `<@USOMEBODY> my address is 1 Main St`,
    threadTs: root.ts,
  })
  await bed.fake.settled()
  place.ana.deletes(aside)
  await bed.fake.settled()
  expect((await messagesOf(place)).at(-1)).toBe('')
})

test('a first message that is deleted is emptied too, though Slack keeps a tombstone for its replies', async () => {
  const place = await bed.workspace()
  const root = place.ana.says(place.channel.id, `${place.loom} compare the exports`)
  await bed.fake.settled()
  place.ana.says(place.channel.id, { text: 'only January', threadTs: root.ts })
  await bed.fake.settled()
  await bed.bed.admin`update loom.jobs set state = 'done' where tenant_id = ${place.account.tenantId}`
  place.ana.deletes(root)
  await bed.fake.settled()
  expect(await messagesOf(place)).toEqual(['! ', 'only January'])
})

test('after the end a reply of who asked opens the next job; others have to call Loom', async () => {
  const place = await bed.workspace()
  const ben = place.team.addUser({ name: 'Ben' })
  place.channel.invite(ben)
  const root = place.ana.says(place.channel.id, `${place.loom} compare the exports`)
  await bed.fake.settled()
  const end = () => bed.bed.admin`
    with ended as (update loom.jobs set state = 'done', ended_at = now() where tenant_id = ${place.account.tenantId})
    update loom.job_threads set live = false where tenant_id = ${place.account.tenantId}`
  await end()
  ben.says(place.channel.id, { text: 'nice', threadTs: root.ts })
  await bed.fake.settled()
  expect(await jobsOf(place)).toHaveLength(1)
  place.ana.says(place.channel.id, { text: 'and in March?', threadTs: root.ts })
  await bed.fake.settled()
  expect(await jobsOf(place)).toHaveLength(2)
  await end()
  ben.says(place.channel.id, { text: `${place.loom} and April?`, threadTs: root.ts })
  await bed.fake.settled()
  expect(await jobsOf(place)).toHaveLength(3)
  // Somebody else's thread, into which Loom was called: a reply without a mention is for the people there.
  const other = place.ana.says(place.channel.id, 'numbers are in')
  await end()
  place.ana.says(place.channel.id, { text: `${place.loom} sum them up`, threadTs: other.ts })
  await bed.fake.settled()
  await end()
  place.ana.says(place.channel.id, { text: 'thanks all', threadTs: other.ts })
  await bed.fake.settled()
  expect(await jobsOf(place)).toHaveLength(4)
})

test('an alert of a bot is context and no order, unless the channel takes orders of bots', async () => {
  const place = await bed.workspace()
  const bot = place.team.addBot({ name: 'Pager' })
  place.channel.invite(bot)
  bot.says(place.channel.id, `${place.loom} look into this`)
  await bed.fake.settled()
  expect(await jobsOf(place)).toEqual([])
  const root = place.ana.says(place.channel.id, `${place.loom} watch`)
  await bed.fake.settled()
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: '*CPU* at 99 &lt;percent&gt;' } }]
  bot.says(place.channel.id, { attachments: [{ blocks }], threadTs: root.ts })
  await bed.fake.settled()
  expect(await messagesOf(place)).toEqual(['! watch', '*CPU* at 99 <percent>'])
})

test('the first brief of a workspace is told once how data is used and what the caps are', async () => {
  const place = await bed.workspace()
  place.ana.says(place.channel.id, `${place.loom} one`)
  place.ana.says(place.channel.id, `${place.loom} two`)
  await bed.fake.settled()
  const words = await wordsOf(place)
  expect(words).toHaveLength(1)
  expect(words[0].text).toContain('$5.00')
  expect(words[0].text).toContain('$100.00')
})

test('a refusal is a word that only who asked sees: elsewhere, shared, empty, from another organisation', async () => {
  const place = await bed.workspace()
  const { installationId, tenantId } = place.account
  await bed.bed.admin`
    update loom.installations set settings = settings || ${bed.bed.admin.json({ informedAtMs: 1, channels: ['C0OTHER'] })}
    where id = ${installationId}`
  place.ana.says(place.channel.id, `${place.loom} compare`)
  await bed.fake.settled()
  expect(await wordsOf(place)).toMatchObject([
    { text: expect.stringMatching(/not set up for this channel/), onlyFor: place.ana.id },
  ])
  expect(await jobsOf(place)).toEqual([])

  const shared = await bed.workspace()
  shared.channel.isShared(true)
  shared.ana.says(shared.channel.id, `${shared.loom} compare`)
  await bed.fake.settled()
  const eve = shared.team.addUser({ name: 'Eve', homeTeamId: 'T0ELSEWHERE' })
  expect(await wordsOf(shared)).toMatchObject([
    { text: expect.stringMatching(/shared with another organisation/), onlyFor: shared.ana.id },
  ])

  await bed.bed.admin`
    update loom.installations set settings = settings || ${bed.bed.admin.json({ externalChannels: [shared.channel.id] })}
    where id = ${shared.account.installationId}`
  shared.channel.invite(eve)
  eve.says(shared.channel.id, `${shared.loom} compare`)
  await bed.fake.settled()
  expect((await wordsOf(shared)).at(-1)).toEqual({
    text: 'Loom works here only for people of the organisation that installed it.',
    onlyFor: eve.id,
  })
  expect(await jobsOf(shared)).toEqual([])

  const empty = await bed.workspace()
  empty.ana.says(empty.channel.id, `${empty.loom}`)
  await bed.fake.settled()
  expect(await wordsOf(empty)).toMatchObject([
    { text: expect.stringMatching(/Say what you want/), onlyFor: empty.ana.id },
  ])
  expect(tenantId).toBeDefined()
})

test('an event of a workspace without Loom, or one that removed it, is acknowledged and leads to nothing', async () => {
  const place = await bed.workspace()
  const root = place.ana.says(place.channel.id, `${place.loom} compare`)
  await bed.fake.settled()
  const team = bed.fake.addTeam({ name: 'Stranger' })
  const eve = team.addUser({ name: 'Eve' })
  const install = team.install()
  const channel = team.addChannel({ name: 'x', members: [eve, install] })
  eve.says(channel.id, `<@${install.botUserId}> hello`)
  await bed.fake.settled()
  expect(bed.fake.deliver.log.at(-1)).toMatchObject({ acknowledged: true, statuses: [200] })
  place.team.uninstalls()
  await bed.fake.settled()
  expect(await bed.installationOf(place.team.id)).toMatchObject({ revoked: true })
  expect(await jobsOf(place)).toMatchObject([{ state: 'cancelled' }])
  bed.fake.deliver.again(bed.fake.deliver.envelopes.find(({ event }) => event.ts === root.ts)?.event_id ?? '')
  await bed.fake.settled()
  expect(await jobsOf(place)).toHaveLength(1)
})

test('no log line holds what was said, a name or a token', () => {
  const text = JSON.stringify(bed.logged)
  for (const secret of ['compare', 'Solo', 'Ana', 'xoxb-', 'lunch']) expect(text).not.toContain(secret)
})
