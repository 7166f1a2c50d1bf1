import { type Client, Events, GatewayIntentBits } from 'discord.js'
import { expect, test } from 'vitest'
import type { FakeDiscord } from './server.ts'
import { clientFor, useDiscord } from './support.ts'

const start = useDiscord()

/** The content of every message that the client hears, in order. */
function hearing(client: Client): string[] {
  const heard: string[] = []
  client.on(Events.MessageCreate, ({ content }) => heard.push(content))
  return heard
}

const heartbeatMs = 60_000

test('a client that lost its connection resumes and misses nothing', async () => {
  const { ana, channel, discord, login } = await start({ heartbeatMs })
  const client = await login()
  const heard = hearing(client)
  ana.says(channel.id, 'one')
  await expect.poll(() => heard).toEqual(['one'])
  discord.gateway.drop()
  ana.says(channel.id, 'two')
  ana.says(channel.id, 'three')
  await expect.poll(() => heard, { timeout: 5000 }).toEqual(['one', 'two', 'three'])
  expect([discord.gateway.identifies, discord.gateway.resumes]).toEqual([1, 1])
  discord.gateway.reconnect()
  ana.says(channel.id, 'four')
  await expect.poll(() => heard, { timeout: 5000 }).toEqual(['one', 'two', 'three', 'four'])
  expect(discord.gateway.identifies).toBe(1)
})

test('an invalid session begins anew, and what was said in between is gone', async () => {
  const { ana, channel, discord, login } = await start({ heartbeatMs })
  const client = await login()
  const heard = hearing(client)
  discord.gateway.forget()
  discord.gateway.drop()
  ana.says(channel.id, 'lost')
  await expect.poll(() => discord.gateway.identifies, { timeout: 5000 }).toBe(2)
  ana.says(channel.id, 'heard')
  await expect.poll(() => heard).toEqual(['heard'])
  discord.gateway.invalidate()
  await expect.poll(() => discord.gateway.identifies, { timeout: 5000 }).toBe(3)
  // A client that is destroyed before its READY never ends: hearing something shows that it has come.
  ana.says(channel.id, 'again')
  await expect.poll(() => heard).toEqual(['heard', 'again'])
})

test('a connection can stay open and silent, and speak again', async () => {
  const { ana, channel, discord, login } = await start({ heartbeatMs })
  const heard = hearing(await login())
  discord.gateway.silence()
  ana.says(channel.id, 'late')
  expect(discord.gateway.events.at(-1)).toMatchObject({ type: 'MESSAGE_CREATE', data: { content: 'late' } })
  expect(heard).toEqual([])
  discord.gateway.speak()
  await expect.poll(() => heard).toEqual(['late'])
})

test('a client whose heartbeats are not answered comes again by itself', async () => {
  const { ana, channel, discord, login } = await start({ heartbeatMs: 200 })
  const heard = hearing(await login())
  discord.gateway.silence()
  ana.says(channel.id, 'in the gap')
  await expect.poll(() => heard, { timeout: 5000 }).toEqual(['in the gap'])
  expect([discord.gateway.identifies, discord.gateway.resumes]).toEqual([1, 1])
})

test('nobody gets in while the gate is shut or Discord is down', async () => {
  const { ana, channel, discord, login } = await start({ heartbeatMs })
  const heard = hearing(await login())
  discord.faults.down()
  expect(discord.gateway.connected()).toEqual([])
  ana.says(channel.id, 'meanwhile')
  expect(heard).toEqual([])
  discord.faults.mend()
  await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['meanwhile'])
})

async function closeOf(
  discord: FakeDiscord,
  options: Parameters<typeof clientFor>[1],
  token = discord.token,
) {
  const client = clientFor(discord, options)
  try {
    return await client.login(token).then(
      () => 'logged in',
      (error: Error) => error.message,
    )
  } finally {
    await client.destroy()
  }
}

test('a wrong token, a wrong shard and intents that were not granted are refused', async () => {
  const { discord } = await start({ messageContent: false, shards: 2, heartbeatMs })
  expect(await closeOf(discord, { shards: [0], shardCount: 2 })).toBe('Used disallowed intents')
  const intents = [GatewayIntentBits.Guilds]
  expect(await closeOf(discord, { shards: [0], shardCount: 1, intents })).toBe('Sharding is required')
  expect(await closeOf(discord, { shards: [0], shardCount: 2, intents: 1 << 30 })).toBe(
    'Used invalid intents',
  )
  expect(await closeOf(discord, { intents }, 'no.such.token')).toContain('invalid token')
  expect(await closeOf(discord, { shards: [0], shardCount: 2, intents })).toBe('logged in')
})

test('without the message content intent only direct messages, mentions and own messages can be read', async () => {
  const { ana, channel, discord, login } = await start({ messageContent: false, heartbeatMs })
  const intents = [
    GatewayIntentBits.Guilds,
    GatewayIntentBits.GuildMessages,
    GatewayIntentBits.DirectMessages,
  ]
  const client = await login({ intents, partials: [1] })
  const heard = hearing(client)
  const { id } = ana.says(channel.id, { text: 'secret', files: [{ name: 'a.txt', content: 'x' }] })
  ana.says(channel.id, `${discord.bot.mention} hello`)
  ana.says(ana.dm(), 'just you')
  await expect.poll(() => heard).toEqual(['', `${discord.bot.mention} hello`, 'just you'])
  const place = await client.channels.fetch(channel.id)
  if (!place?.isTextBased()) throw new Error('no text')
  const fetched = await place.messages.fetch(id)
  expect([fetched.content, fetched.attachments.size]).toEqual(['', 0])
})

test('each shard hears of its own servers, and the first of direct messages', async () => {
  const { ana, discord } = await start({ shards: 2, heartbeatMs })
  const even = discord.addGuild({ name: 'Even', owner: ana, id: String(4n << 22n) })
  const odd = discord.addGuild({ name: 'Odd', owner: ana, id: String(5n << 22n) })
  const [inEven, inOdd] = [even, odd].map((guild) => guild.addChannel({ name: 'a' }))
  const client = clientFor(discord, { shards: 'auto', partials: [1] })
  await client.login(discord.token)
  try {
    await expect.poll(() => discord.gateway.connected().toSorted()).toEqual([0, 1])
    const heard: string[] = []
    client.on(Events.MessageCreate, (message) =>
      heard.push(`${message.guild?.shardId ?? 'dm'} ${message.content}`),
    )
    await expect.poll(() => client.isReady()).toBe(true)
    ana.says(inEven?.id ?? '', 'even')
    ana.says(inOdd?.id ?? '', 'odd')
    ana.says(ana.dm(), 'direct')
    await expect.poll(() => heard.toSorted()).toEqual(['0 even', '1 odd', 'dm direct'])
    const shards = discord.gateway.events
      .filter(({ type }) => type === 'MESSAGE_CREATE')
      .map(({ shard }) => shard)
    expect(shards).toEqual([0, 1, 0])
  } finally {
    await client.destroy()
  }
})

test('servers come and go, channels and threads change and are removed', async () => {
  const { ana, channel, discord, guild, login } = await start({ heartbeatMs })
  const client = await login()
  const heard: string[] = []
  client.on(Events.GuildCreate, ({ name }) => heard.push(`joined ${name}`))
  client.on(Events.GuildDelete, ({ name }) => heard.push(`left ${name}`))
  client.on(Events.GuildUnavailable, ({ name }) => heard.push(`lost ${name}`))
  client.on(Events.GuildAvailable, ({ name }) => heard.push(`found ${name}`))
  client.on(Events.ThreadCreate, ({ name }) => heard.push(`thread ${name}`))
  client.on(Events.ThreadUpdate, (_, { archived }) => heard.push(`archived ${archived}`))
  client.on(Events.ThreadDelete, ({ name }) => heard.push(`thread gone ${name}`))
  client.on(Events.ChannelDelete, () => heard.push('channel gone'))
  client.on(Events.MessageUpdate, (_, { content }) => heard.push(`changed ${content}`))
  client.on(Events.MessageDelete, ({ content }) => heard.push(`deleted ${content}`))
  const said = ana.says(channel.id, 'x')
  ana.edits(said, 'y')
  ana.deletes(said)
  const thread = ana.opensThread(channel.id, 'T')
  guild.archive(thread)
  ana.says(thread, 'wake')
  guild.removeChannel(thread)
  guild.removeChannel(channel.id)
  guild.goesDown()
  guild.comesBack()
  discord.addGuild({ name: 'Other', owner: ana }).removesApp()
  await expect
    .poll(() => heard)
    .toEqual([
      'changed y',
      'deleted y',
      'thread T',
      'archived true',
      'archived false',
      'thread gone T',
      'channel gone',
      'lost Acme',
      'found Acme',
      'joined Other',
      'left Other',
    ])
})

test('the client knows what it may do as soon as that changes, and which threads it is brought into', async () => {
  const { ana, ben, channel, discord, guild, login } = await start({ heartbeatMs })
  const client = await login()
  const mayWrite = () => {
    const place = client.channels.cache.get(channel.id)
    if (!place || place.isDMBased() || !client.user) return undefined
    return place.permissionsFor(client.user)?.has(['ViewChannel', 'SendMessages'])
  }
  expect(mayWrite()).toBe(true)
  guild.overwrite(channel.id, { id: guild.everyone, deny: ['SendMessages'] })
  guild.setBotPermissions([])
  await expect.poll(mayWrite).toBe(false)
  const role = guild.addRole({ name: 'writers' })
  guild.overwrite(channel.id, { id: role.id, allow: ['SendMessages'] })
  guild.giveRole(discord.bot, role)
  await expect.poll(mayWrite).toBe(true)
  const thread = ana.opensThread(channel.id, 'Quiet', undefined, { isPrivate: true })
  expect(() => ben.reads(thread)).toThrow('does not see')
  expect(client.channels.cache.has(thread)).toBe(false)
  ana.brings(thread, discord.bot)
  await expect.poll(() => client.channels.cache.has(thread)).toBe(true)
  const place = await client.channels.fetch(thread)
  if (!place?.isSendable()) throw new Error('nothing can be sent there')
  await place.sendTyping()
  expect(ana.seesTyping(thread)).toEqual(['loom'])
  discord.pass(10_001)
  expect(ana.seesTyping(thread)).toEqual([])
})
