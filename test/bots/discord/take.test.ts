import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DiscordBed, openDiscordBed } from './support/discord-bed.ts'

let bed: DiscordBed
beforeAll(async () => {
  bed = await openDiscordBed()
})
afterAll(() => bed.close())

test('a mention in a channel is one job, in the thread that begins with it', async () => {
  const { ana, channel, jobs, messages, notices } = await bed.guild()
  ana.says(channel.id, 'lunch?')
  const root = ana.says(channel.id, `${bed.loom} compare the exports`)
  await bed.comes(jobs).toMatchObject([{ address: `discord:${channel.id}:${root.id}` }])
  expect(await messages()).toEqual(['! compare the exports'])
  await bed
    .comes(async () => (await notices()).map(({ text }) => text))
    .toEqual([expect.stringMatching(/first brief in this server\.[\s\S]*\$5\.00[\s\S]*\$100\.00/)])
})

test('in a thread replies steer the running job, but not what is said to somebody else', async () => {
  const { ana, ben, channel, jobs, messages } = await bed.guild()
  const root = ana.says(channel.id, `${bed.loom} compare the exports`)
  await bed.comes(jobs).toHaveLength(1)
  const thread = ana.opensThread(channel.id, 'exports', root)
  ben.says(thread, 'only the Solo plan')
  ben.says(thread, `${ana.mention} is that right?`)
  const aside = ana.says(thread, 'and leave out tests')
  ben.says(thread, { text: 'why?', replyTo: aside.id })
  ana.says(thread, `${bed.loom} that is all`)
  await bed
    .comes(messages)
    .toEqual([
      '! compare the exports',
      'only the Solo plan',
      '@Ana is that right?',
      'and leave out tests',
      'why?',
      'that is all',
    ])
  expect(await jobs()).toHaveLength(1)
  const steers = await bed.rows('select position from loom.brief_messages where position > 0')
  expect(steers).toHaveLength(3)
})

test('after the end a reply of who asked opens the next job; others have to call Loom', async () => {
  const { ana, ben, channel, end, jobs } = await bed.guild()
  const root = ana.says(channel.id, `${bed.loom} compare the exports`)
  await bed.comes(jobs).toHaveLength(1)
  await end()
  const thread = ana.opensThread(channel.id, 'exports', root)
  ben.says(thread, 'nice')
  ana.says(thread, 'and in March?')
  await bed.comes(jobs).toMatchObject([{}, { address: `discord:${channel.id}:${root.id}` }])
  await end()
  ben.says(thread, `${bed.loom} and April?`)
  await bed.comes(jobs).toHaveLength(3)
})

test('an edit corrects the running job once; a deletion empties our copy', async () => {
  const { account, ana, channel, jobs, messages } = await bed.guild()
  const root = ana.says(channel.id, `${bed.loom} compare the exports`)
  await bed.comes(jobs).toHaveLength(1)
  const { tenantId } = account
  await bed.bed.admin`update loom.jobs set state = 'running' where tenant_id = ${tenantId}`
  const thread = ana.opensThread(channel.id, 'exports', root)
  const reply = ana.says(thread, 'only January')
  await bed.comes(messages).toHaveLength(2)
  ana.edits(reply, 'only February')
  await bed.comes(messages).toEqual(['! compare the exports', 'only January', 'Corrected: only February'])
  const secret = ana.says(thread, '<@123456789012345678> my address is 1 Main St')
  await bed.comes(messages).toHaveLength(4)
  ana.deletes(secret)
  await bed.comes(async () => (await messages()).at(-1)).toBe('')
})

test('a bot is context and no order, unless the channel takes orders of bots', async () => {
  const { account, ana, channel, guild, jobs, messages } = await bed.guild()
  const pager = bed.fake.people.add('Pager', { bot: true })
  guild.join(pager)
  pager.says(channel.id, `${bed.loom} look into this`)
  const root = ana.says(channel.id, `${bed.loom} watch`)
  await bed.comes(jobs).toHaveLength(1)
  const thread = ana.opensThread(channel.id, 'watch', root)
  pager.says(thread, 'CPU at 99')
  await bed.comes(messages).toEqual(['! watch', 'CPU at 99'])
  await bed.bed.admin`
    update loom.installations set settings = settings || ${bed.bed.admin.json({ botChannels: [channel.id] })}
    where id = ${account.installationId}`
  pager.says(channel.id, `${bed.loom} look into this`)
  await bed.comes(jobs).toHaveLength(2)
})

test('two servers of two accounts stay apart, and a stranger’s is told how Loom comes there', async () => {
  const one = await bed.guild('One')
  const two = await bed.guild('Two')
  one.ana.says(one.channel.id, `${bed.loom} for one`)
  two.ana.says(two.channel.id, `${bed.loom} for two`)
  await bed.comes(one.messages).toEqual(['! for one'])
  await bed.comes(two.messages).toEqual(['! for two'])
  const eve = bed.fake.people.add('Eve')
  const stranger = bed.fake.addGuild({ name: 'Stranger', owner: eve })
  const place = stranger.addChannel({ name: 'x' })
  eve.says(place.id, `${bed.loom} hello`)
  eve.says(place.id, `${bed.loom} hello?`)
  await bed.fake.until(() => eve.reads(place.id).length > 2)
  expect(eve.reads(place.id).map(({ text }) => text)).toEqual([
    expect.anything(),
    expect.anything(),
    expect.stringMatching(/not installed in this server yet. Install it at .*discord\/install/),
  ])
})

test('where an admin did not let it in, Loom says so to who asked and keeps nothing', async () => {
  const { account, ana, channel, guild, jobs, messages, notices } = await bed.guild()
  const other = guild.addChannel({ name: 'work' })
  const change = bed.bed.admin.json({ informedAtMs: 1, channels: [other.id] })
  await bed.bed.admin`
    update loom.installations set settings = settings || ${change} where id = ${account.installationId}`
  ana.says(channel.id, `${bed.loom} compare`)
  await bed
    .comes(notices)
    .toEqual([{ text: expect.stringMatching(/not set up for this channel/), onlyFor: ana.id }])
  ana.says(other.id, `${bed.loom} compare`)
  await bed.comes(jobs).toHaveLength(1)
  expect(await messages()).toEqual(['! compare'])
})

test('a server that sends Loom away ends its jobs at once, an outage of it does not', async () => {
  const { ana, channel, guild, jobs } = await bed.guild()
  ana.says(channel.id, `${bed.loom} compare`)
  await bed.comes(jobs).toHaveLength(1)
  guild.goesDown()
  guild.comesBack()
  guild.removesApp()
  await bed.comes(() => bed.installationOf(guild.id)).toMatchObject({ revoked: true })
  expect(await jobs()).toMatchObject([{ state: 'cancelled' }])
  guild.addsBot()
  ana.says(channel.id, `${bed.loom} again`)
  await bed.fake.until(() => ana.reads(channel.id).some(({ text }) => /not installed/.test(text)))
  expect(await jobs()).toHaveLength(1)
})

test('a direct message of somebody without Loom is told how, one with it is taken', async () => {
  const { ana } = await bed.guild()
  const dm = ana.dm()
  ana.says(dm, 'what is in this file?')
  await bed.fake.until(() => ana.reads(dm).some(({ text }) => /not installed for you/.test(text)))
  expect(await bed.rows(`select 1 from loom.threads where address = 'discord:${dm}:${dm}'`)).toEqual([])
})

test('no log line holds what was said, a name or the token', () => {
  const text = JSON.stringify(bed.logged)
  for (const secret of ['compare', 'Solo', 'Ana', bed.fake.token, 'lunch', 'Main St'])
    expect(text).not.toContain(secret)
})
