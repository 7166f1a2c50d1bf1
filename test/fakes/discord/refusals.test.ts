import { ChannelType, Routes } from 'discord.js'
import { expect, test } from 'vitest'
import { bits, usual } from './permissions.ts'
import { refusal, restFor, useDiscord } from './support.ts'

const start = useDiscord()
const body = { content: 'x' }

test('what the bot may not see or do is refused with Discord’s own codes', async () => {
  const { ana, channel, discord, guild, rest } = await start()
  const post = (id: string) => refusal(rest.post(Routes.channelMessages(id), { body }))
  const everyone = { id: guild.everyone }
  const hidden = guild.addChannel({ name: 'hidden', overwrites: [{ ...everyone, deny: ['ViewChannel'] }] })
  const still = guild.addChannel({ name: 'still', overwrites: [{ ...everyone, deny: ['SendMessages'] }] })
  const forum = guild.addChannel({ name: 'forum', type: ChannelType.GuildForum })
  expect(await post('123')).toMatchObject({ status: 404, code: 10003 })
  expect(await post(hidden.id)).toMatchObject({ status: 403, code: 50001 })
  expect(await post(still.id)).toMatchObject({ status: 403, code: 50013 })
  expect(await post(forum.id)).toMatchObject({ status: 400, code: 50008 })
  guild.overwrite(still.id, { id: discord.bot.id, allow: ['SendMessages'] })
  await rest.post(Routes.channelMessages(still.id), { body })
  guild.overwrite(channel.id, { ...everyone, deny: ['AttachFiles', 'ReadMessageHistory'] })
  guild.setBotPermissions([])
  const files = [{ name: 'a', data: Buffer.from('a') }]
  expect(await refusal(rest.post(Routes.channelMessages(channel.id), { body, files }))).toMatchObject({
    code: 50013,
  })
  const said = ana.says(channel.id, 'x')
  expect(await rest.get(Routes.channelMessages(channel.id))).toEqual([])
  expect(await refusal(rest.get(Routes.channelMessage(channel.id, said.id)))).toMatchObject({ code: 50013 })
  const reply = { ...body, message_reference: { message_id: said.id } }
  expect(await refusal(rest.post(Routes.channelMessages(channel.id), { body: reply }))).toMatchObject({
    code: 160_002,
  })
  expect(await refusal(rest.delete(Routes.channelMessage(channel.id, said.id)))).toMatchObject({
    code: 50013,
  })
  expect(await refusal(rest.get(Routes.channelMessage(still.id, '5')))).toMatchObject({
    status: 404,
    code: 10008,
  })
  guild.removesApp()
  expect(await post(channel.id)).toMatchObject({ status: 403, code: 50001 })
})

test('a wrong token is refused, and so are a strange path and a broken body', async () => {
  const { channel, discord } = await start()
  const wrong = restFor(discord).setToken('no.such.token')
  expect(await refusal(wrong.get(Routes.user()))).toMatchObject({ status: 401, code: 0 })
  expect(await refusal(restFor(discord).get('/nothing'))).toMatchObject({ status: 404, code: 0 })
  const response = await fetch(`${discord.apiUrl}/v10${Routes.channelMessages(channel.id)}`, {
    method: 'POST',
    headers: { authorization: `Bot ${discord.token}`, 'content-type': 'application/json' },
    body: '{',
  })
  expect([response.status, ((await response.json()) as { code: number }).code]).toEqual([400, 50109])
  expect(discord.calls.map(({ code, route, status }) => [route, status, code])).toEqual([
    ['GET /users/@me', 401, 0],
    ['GET /nothing', 404, 0],
    ['POST /channels/:channel/messages', 400, 50109],
  ])
  expect(JSON.stringify(discord.calls)).not.toContain(discord.token)
})

test('somebody who takes no direct messages gets none', async () => {
  const { ben, discord, rest } = await start()
  const open = (recipient: string) =>
    rest.post(Routes.userChannels(), { body: { recipient_id: recipient } }) as Promise<{ id: string }>
  const { id } = await open(ben.id)
  expect(id).toBe(ben.dm())
  await rest.post(Routes.channelMessages(id), { body })
  expect(ben.reads(id).map(({ text }) => text)).toEqual(['x'])
  ben.refusesDms()
  expect(await refusal(rest.post(Routes.channelMessages(id), { body }))).toMatchObject({
    status: 403,
    code: 50007,
  })
  expect(await refusal(open(discord.bot.id))).toMatchObject({ code: 50033 })
})

test('a thread on a message has its id, wakes when somebody writes, and is dead when it is locked', async () => {
  const { ana, channel, guild, rest } = await start()
  const said = ana.says(channel.id, 'start')
  const open = (name: string) =>
    rest.post(Routes.threads(channel.id, said.id), { body: { name } }) as Promise<{ id: string }>
  expect((await refusal(open(''))).fields).toEqual(['name BASE_TYPE_MIN_LENGTH'])
  expect((await refusal(open('x'.repeat(101)))).fields).toEqual(['name BASE_TYPE_MAX_LENGTH'])
  const { id } = await open('Brief')
  expect(id).toBe(said.id)
  expect(await refusal(open('again'))).toMatchObject({ status: 400, code: 160_004 })
  expect(await refusal(rest.post(Routes.threads(id, said.id), { body: { name: 'x' } }))).toMatchObject({
    code: 50024,
  })
  guild.archive(id)
  await rest.post(Routes.channelMessages(id), { body })
  expect(guild.threads()).toMatchObject([{ id, name: 'Brief', archived: false }])
  guild.archive(id, { locked: true })
  expect(await refusal(rest.post(Routes.channelMessages(id), { body }))).toMatchObject({ code: 50083 })
  expect(await refusal(rest.patch(Routes.channel(id), { body: { archived: false } }))).toMatchObject({
    code: 50083,
  })
  const edit = rest.patch(Routes.channelMessage(id, ana.reads(id).at(-1)?.id ?? ''), { body })
  expect(await refusal(edit)).toMatchObject({ code: 50083 })
  guild.allowThreads(0)
  const other = ana.says(channel.id, 'other')
  const over = rest.post(Routes.threads(channel.id, other.id), { body: { name: 'x' } })
  expect(await refusal(over)).toMatchObject({ status: 400, code: 160_006 })
})

test('private threads are for those inside, and forums take posts with their tags', async () => {
  const { ana, ben, channel, discord, guild, rest } = await start()
  const { id } = (await rest.post(Routes.threads(channel.id), { body: { name: 'Quiet', type: 12 } })) as {
    id: string
  }
  expect(() => ben.reads(id)).toThrow('does not see')
  await rest.put(Routes.threadMembers(id, ben.id))
  expect(ben.reads(id)).toEqual([])
  await rest.post(Routes.channelMessages(id), { body: { content: ana.mention } })
  expect(guild.threads()[0]?.members).toEqual([discord.bot.id, ben.id, ana.id])
  const forum = guild.addChannel({
    name: 'forum',
    type: ChannelType.GuildForum,
    tags: ['job'],
    requiresTag: true,
  })
  const { available_tags } = (await rest.get(Routes.channel(forum.id))) as {
    available_tags: { id: string }[]
  }
  const post = (more: object = {}) =>
    rest.post(Routes.threads(forum.id), { body: { name: 'Post', message: body, ...more } }) as Promise<{
      id: string
      message: { id: string }
    }>
  expect(await refusal(post())).toMatchObject({ status: 400, code: 40067 })
  const made = await post({ applied_tags: [available_tags[0]?.id] })
  expect(made.message.id).toBe(made.id)
  expect(ben.reads(made.id)).toMatchObject([{ text: 'x', who: 'loom' }])
  const active = (await rest.get(Routes.guildActiveThreads(guild.id))) as { threads: { name: string }[] }
  expect(active.threads.map(({ name }) => name)).toEqual(['Quiet', 'Post'])
})

test('the bot’s role decides, and administrators see everything', async () => {
  const { ana, discord, rest } = await start()
  const place = (name: string, botPermissions: bigint) => {
    const guild = discord.addGuild({ name, owner: ana, botPermissions })
    guild.setRole(guild.everyone, ['ViewChannel'])
    return guild.addChannel({ name: 'a', overwrites: [{ id: guild.everyone, deny: ['ViewChannel'] }] })
  }
  const [none, admin] = [place('None', usual), place('Admin', bits('Administrator'))]
  expect(await refusal(rest.get(Routes.channel(none.id)))).toMatchObject({ code: 50001 })
  expect(await rest.get(Routes.channel(admin.id))).toMatchObject({ id: admin.id })
})
