import { ChannelType } from 'discord.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { threadId } from '../../../src/core/thread-id.ts'
import { cardMessage } from '../../contracts/messages.ts'
import { type DiscordBed, openDiscordBed } from './support/discord-bed.ts'

let bed: DiscordBed
beforeAll(async () => {
  bed = await openDiscordBed()
})
afterAll(() => bed.close())

type Account = Awaited<ReturnType<DiscordBed['guild']>>['account']

/** Loom shows a job in its thread, as the outbox has it do. */
async function shows(account: Account, address: string | undefined): Promise<void> {
  const port = await bed.discord.ports.portFor(account)
  const [, channel = '', thread = ''] = address?.split(':') ?? []
  await port.post(threadId('discord', channel, thread), cardMessage(), { nonce: `card ${address}` })
}

test('a post of a forum is a thread: its first words, a later mention and a command order in it', async () => {
  const { account, ana, ben, end, guild, jobs, messages } = await bed.guild()
  const forum = guild.addChannel({ name: 'ideas', type: ChannelType.GuildForum })
  const post = ana.postsIn(forum.id, 'Exports', `${bed.loom} compare the exports`)
  const address = `discord:${forum.id}:${post}`
  await bed.comes(jobs).toMatchObject([{ address }])
  ben.says(post, 'only the Solo plan')
  await bed.comes(messages).toEqual(['! compare the exports', 'only the Solo plan'])
  await shows(account, address)
  expect(ana.reads(post).at(-1)?.text).toContain('Comparing churn exports')
  expect(guild.threads()).toHaveLength(1)
  await end()
  // What asked for it began the post: its author needs no mention.
  ana.says(post, 'and in March?')
  await bed.comes(jobs).toMatchObject([{ address }, { address }])
  await end()

  const talk = ben.postsIn(forum.id, 'Prices', 'What do you think?')
  ana.says(talk, 'Hm.')
  ben.says(talk, `${bed.loom} look it up`)
  await bed.comes(jobs).toHaveLength(3)
  await end()
  const used = ana.runs(talk, 'loom brief', { text: 'And what does it cost?' })
  expect((await used.finished()).text).toBe('And what does it cost?')
  const there = { address: `discord:${forum.id}:${talk}` }
  expect(await jobs()).toMatchObject([{ address }, { address }, there, there])
})

test('in an announcement channel a thread begins with the mention, as everywhere', async () => {
  const { account, ana, guild, jobs, messages } = await bed.guild()
  const news = guild.addChannel({ name: 'news', type: ChannelType.GuildAnnouncement })
  const root = ana.says(news.id, `${bed.loom} compare the exports`)
  const address = `discord:${news.id}:${root.id}`
  await bed.comes(jobs).toMatchObject([{ address }])
  await shows(account, address)
  expect(guild.threads()).toMatchObject([{ id: root.id, parentId: news.id }])
  ana.says(root.id, 'only the Solo plan')
  await bed.comes(messages).toEqual(['! compare the exports', 'only the Solo plan'])
})

test('what is said beside a voice is for Loom where it mentions Loom, and the whole channel is the thread', async () => {
  const { account, ana, ben, end, guild, jobs, messages } = await bed.guild()
  const voice = guild.addChannel({ name: 'talk', type: ChannelType.GuildVoice })
  ana.says(voice.id, 'can you hear me?')
  ana.says(voice.id, `${bed.loom} compare the exports`)
  const address = `discord:${voice.id}:${voice.id}`
  await bed.comes(jobs).toMatchObject([{ address }])
  await shows(account, address)
  const card = ana.reads(voice.id).at(-1)
  expect(card?.text).toContain('Comparing churn exports')
  ben.says(voice.id, 'no, try again')
  ben.says(voice.id, `${bed.loom} only the Solo plan`)
  ana.says(voice.id, { text: 'without tests', replyTo: card?.id ?? '' })
  await bed.comes(messages).toEqual(['! compare the exports', 'only the Solo plan', 'without tests'])
  expect(await jobs()).toHaveLength(1)
  await end()
  ben.says(voice.id, `${bed.loom} and in March?`)
  await bed.comes(jobs).toMatchObject([{ address }, { address }])
})

test('the role that Discord made for the bot calls Loom as the bot does, and its name is no word of the brief', async () => {
  const { ana, channel, guild, jobs, messages } = await bed.guild()
  const role = [...(bed.fake.world.guilds.get(guild.id)?.roles.values() ?? [])].find(({ managed }) => managed)
  ana.says(channel.id, `<@&${role?.id}> compare the exports`)
  await bed.comes(jobs).toHaveLength(1)
  expect(await messages()).toEqual(['! compare the exports'])
  const other = guild.addRole({ name: 'Analysts', mentionable: true })
  ana.says(channel.id, `<@&${other.id}> compare them yourselves`)
  ana.says(channel.id, `${bed.loom} and these`)
  await bed.comes(jobs).toHaveLength(2)
})

test('in a server with too many threads an answer to Loom’s card steers its job, and after the end goes on there', async () => {
  const { account, ana, ben, channel, end, guild, jobs, messages } = await bed.guild()
  guild.allowThreads(0)
  const roots = ['exports', 'prices'].map((what) => ana.says(channel.id, `${bed.loom} compare the ${what}`))
  await bed.comes(jobs).toHaveLength(2)
  const [exports, prices] = roots.map(({ id }) => `discord:${channel.id}:${id}`)
  await shows(account, exports)
  await shows(account, prices)
  const cards = ana.reads(channel.id).filter(({ authorId }) => authorId === bed.fake.bot.id)
  expect(cards.map(({ repliesTo }) => repliesTo)).toEqual(roots.map(({ id }) => id))
  const to = (index: number, text: string) => ({ text, replyTo: cards[index]?.id ?? '' })

  const steer = ben.says(channel.id, to(0, 'only the Solo plan'))
  ana.says(channel.id, { ...to(1, 'in euro'), pingsReplied: false })
  await bed.comes(async () => (await messages()).slice(2)).toEqual(['only the Solo plan', 'in euro'])
  expect(await jobs()).toHaveLength(2)
  const there = await bed.rows(
    `select t.address from loom.brief_messages m join loom.briefs b on b.id = m.brief_id
     join loom.threads t on t.id = b.thread_id where m.position > 0 and m.tenant_id = '${account.tenantId}'
     order by m.message_id`,
  )
  expect(there.map(({ address }) => address)).toEqual([exports, prices])
  ben.deletes(steer)
  await bed.comes(async () => (await messages()).slice(2)).toEqual(['', 'in euro'])

  await end()
  ben.says(channel.id, to(0, 'and in March?'))
  await bed.comes(async () => (await jobs()).slice(2)).toMatchObject([{ address: exports }])
})

test('messages that are deleted all at once are each taken back', async () => {
  const { account, ana, ben, channel, jobs, messages } = await bed.guild()
  const root = ana.says(channel.id, `${bed.loom} compare the exports`)
  await bed.comes(jobs).toHaveLength(1)
  await bed.bed.admin`update loom.jobs set state = 'running' where tenant_id = ${account.tenantId}`
  const thread = ana.opensThread(channel.id, 'exports', root)
  const said = ['one', 'two', 'three'].map((text) => ana.says(thread, `${ben.mention} ${text}`))
  await bed.comes(messages).toHaveLength(4)
  ana.purges(thread, said.slice(0, 2))
  await bed.comes(async () => (await messages()).slice(1)).toEqual(['', '', '@Ben three'])
})

test('what is deleted in direct messages is taken back, and ends a job that had not begun', async () => {
  const ana = bed.fake.people.add('Ana')
  const { tenantId } = await bed.forOneself(ana)
  const jobs = () => bed.rows(`select state from loom.jobs where tenant_id = '${tenantId}'`)
  const removed = () =>
    bed.rows(`select removed_at is not null as removed from loom.messages where tenant_id = '${tenantId}'
      order by said_at`)
  const asked = ana.says(ana.dm(), 'compare the exports')
  await bed.comes(jobs).toMatchObject([{ state: 'received' }])
  const more = ana.says(ana.dm(), 'only the Solo plan')
  await bed.comes(removed).toEqual([{ removed: false }, { removed: false }])
  ana.deletes(more)
  await bed.comes(removed).toEqual([{ removed: false }, { removed: true }])
  ana.deletes(asked)
  await bed.comes(jobs).toMatchObject([{ state: 'cancelled' }])
})
