import { type APIMessage, Events, MessageFlags, Routes, type TextChannel } from 'discord.js'
import { expect, test } from 'vitest'
import { refusal, useDiscord } from './support.ts'

const start = useDiscord()

test('the real client logs in, hears what a person says, and answers in a thread with a file', async () => {
  const { ana, channel, discord, login } = await start()
  const client = await login()
  expect(client.user?.id).toBe(discord.bot.id)
  const heard = new Promise<string>((resolve) =>
    client.once(Events.MessageCreate, ({ author, content }) => resolve(`${author.globalName}: ${content}`)),
  )
  const said = ana.says(channel.id, `${discord.bot.mention} hello`)
  expect(await heard).toBe(`Ana: ${discord.bot.mention} hello`)
  expect(said.pings).toEqual(['loom'])
  const place = (await client.channels.fetch(channel.id)) as TextChannel
  const message = await place.messages.fetch(said.id)
  const thread = await message.startThread({ name: 'Brief' })
  expect(thread.id).toBe(said.id)
  const files = [{ attachment: Buffer.from('# r'), name: 'my report.md' }]
  await thread.send({ content: '**Done** [link](https://example.com)', files })
  const [, answer] = ana.reads(thread.id)
  expect(answer).toMatchObject({
    text: 'Done link',
    who: 'loom',
    pings: [],
    embedsSuppressed: false,
    previews: ['https://example.com'],
  })
  expect(answer?.files[0]).toMatchObject({ name: 'my_report.md', title: 'my report', visible: true })
  expect(await (await fetch(answer?.files[0]?.url ?? '')).text()).toBe('# r')
})

test('messages come in pages: before, after and around one', async () => {
  const { ana, channel, rest } = await start()
  const ids = ['a', 'b', 'c', 'd'].map((text) => ana.says(channel.id, text).id)
  const page = async (query: Record<string, string>) => {
    const given = { query: new URLSearchParams(query) }
    const messages = (await rest.get(Routes.channelMessages(channel.id), given)) as APIMessage[]
    return messages.map(({ content }) => content)
  }
  expect(await page({ limit: '2' })).toEqual(['d', 'c'])
  expect(await page({ before: ids[2] ?? '' })).toEqual(['b', 'a'])
  expect(await page({ after: ids[0] ?? '', limit: '2' })).toEqual(['c', 'b'])
  expect(await page({ around: ids[1] ?? '', limit: '3' })).toEqual(['c', 'b', 'a'])
  const tooMany = rest.get(Routes.channelMessages(channel.id), {
    query: new URLSearchParams({ limit: '101' }),
  })
  expect((await refusal(tooMany)).fields).toEqual(['limit NUMBER_TYPE_MAX'])
})

test('a nonce that is enforced posts once, for some minutes', async () => {
  const { channel, ana, discord, rest } = await start()
  const post = async (more: object = {}) => {
    const body = { content: 'x', nonce: 'job-1', enforce_nonce: true, ...more }
    return ((await rest.post(Routes.channelMessages(channel.id), { body })) as APIMessage).id
  }
  const first = await post()
  expect(await post({ content: 'y' })).toBe(first)
  expect(await post({ nonce: 'job-2' })).not.toBe(first)
  expect(await post({ enforce_nonce: false })).not.toBe(first)
  discord.pass(10 * 60_000)
  expect(await post()).not.toBe(first)
  expect(ana.reads(channel.id).map(({ text }) => text)).toEqual(['x', 'x', 'x', 'x'])
})

test('who is told is written down, and nobody is where nothing is allowed', async () => {
  const { ana, ben, channel, discord, guild, rest } = await start()
  const role = guild.addRole({ name: 'crew', mentionable: true })
  const secret = guild.addRole({ name: 'board' })
  const content = `@everyone ${ben.mention} <@&${role.id}> <@&${secret.id}> \`${ana.mention}\``
  const post = async (more: object) => {
    const { id } = (await rest.post(Routes.channelMessages(channel.id), {
      body: { content, ...more },
    })) as APIMessage
    return discord.message({ id, channelId: channel.id })
  }
  const plain = await post({})
  expect(plain.pings).toEqual(['Ben', '@crew'])
  expect(plain.text).toBe(`@everyone @Ben @crew @board <@${ana.id}>`)
  expect((await post({ allowed_mentions: { parse: [] } })).pings).toEqual([])
  expect((await post({ allowed_mentions: { users: [ben.id] } })).pings).toEqual(['Ben'])
  const said = ana.says(channel.id, 'hm')
  const reference = { message_reference: { message_id: said.id } }
  expect((await post({ ...reference, content: 'yes' })).pings).toEqual(['Ana'])
  expect((await post({ ...reference, content: 'yes', allowed_mentions: { parse: [] } })).pings).toEqual([])
  const quiet = await post({ flags: MessageFlags.SuppressEmbeds, content: 'https://example.com' })
  expect([quiet.embedsSuppressed, quiet.previews, quiet.links]).toEqual([
    true,
    [],
    [{ label: 'https://example.com', url: 'https://example.com' }],
  ])
})

test('a message is changed in place: text, files that stay and files that come', async () => {
  const { ana, ben, channel, rest } = await start()
  const files = ['a.txt', 'b.txt'].map((name) => ({ name, data: Buffer.from(name) }))
  const sent = (await rest.post(Routes.channelMessages(channel.id), {
    body: { content: 'x' },
    files,
  })) as APIMessage
  const spot = Routes.channelMessage(channel.id, sent.id)
  const kept = sent.attachments[0]?.id
  await rest.patch(spot, {
    body: { content: `now ${ben.mention}`, attachments: [{ id: kept }] },
    files: [{ name: 'c.txt', data: Buffer.from('c') }],
  })
  const shown = ana.sees({ id: sent.id, channelId: channel.id })
  expect(shown).toMatchObject({ text: 'now @Ben', edits: 1, mentions: ['Ben'], pings: [] })
  expect(shown.files.map(({ name }) => name)).toEqual(['a.txt', 'c.txt'])
  const said = ana.says(channel.id, 'mine')
  const other = rest.patch(Routes.channelMessage(channel.id, said.id), { body: { content: 'yours' } })
  expect(await refusal(other)).toMatchObject({ status: 403, code: 50005 })
})

test('a file has a size and a request has one, and an address runs out', async () => {
  const { ana, channel, discord, guild, rest } = await start()
  guild.allowFiles(1000)
  const post = (...sizes: number[]) => {
    const files = sizes.map((size, index) => ({ name: `${index}.bin`, data: Buffer.alloc(size) }))
    return rest.post(Routes.channelMessages(channel.id), { body: {}, files }) as Promise<APIMessage>
  }
  const sent = await post(1000, 1000)
  expect(await refusal(post(1001))).toMatchObject({ status: 413, code: 40005 })
  guild.allowFiles(20 * 1024 * 1024)
  expect(await refusal(post(13 * 1024 * 1024, 13 * 1024 * 1024))).toMatchObject({ status: 413, code: 40005 })
  const url = sent.attachments[0]?.url ?? ''
  const statusOf = async (address: string) => (await fetch(address)).status
  expect([await statusOf(url), await statusOf(url.replace('hm=', 'hm=0'))]).toEqual([200, 404])
  discord.pass(25 * 60 * 60_000)
  expect(await statusOf(url)).toBe(404)
  expect(await statusOf(ana.sees({ id: sent.id, channelId: channel.id }).files[0]?.url ?? '')).toBe(200)
})

test('Markdown is read as it looks', async () => {
  const { ana, channel } = await start()
  const read = (text: string) => ana.says(channel.id, text).text
  expect(read('**a** _b_ ~~c~~ ||d|| __e__ snake_case_name 2 * 3 * 4')).toBe(
    'a b c d e snake_case_name 2 * 3 * 4',
  )
  expect(read('\\*not\\* \\_this\\_ \\`code\\`')).toBe('*not* _this_ `code`')
  expect(read('```ts\nconst **x** = 1\n``` and `**y**`')).toBe('const **x** = 1\n and **y**')
  expect(read('> said\n# Head\n-# small\n- item')).toBe('said\nHead\nsmall\n- item')
  expect(read('[**bold** words](https://example.com/a_b_c)')).toBe('bold words')
})
