import { afterEach, expect, test } from 'vitest'
import { createDiscord } from '../../../src/bots/discord/index.ts'
import { type DiscordBed, openDiscordBed } from './support/discord-bed.ts'

let bed: DiscordBed | undefined
const open = async (...input: Parameters<typeof openDiscordBed>) => {
  bed = await openDiscordBed(...input)
  return bed
}
afterEach(async () => {
  await bed?.close()
  bed = undefined
})

test('after a gap without resume, running threads are read again, a mention is found, and nothing is taken twice', async () => {
  const bed = await open()
  const { fake } = bed
  const { ana, channel, guild, jobs, messages } = await bed.guild()
  const root = ana.says(channel.id, `${bed.loom} compare the exports`)
  await bed.comes(jobs).toHaveLength(1)
  const thread = ana.opensThread(channel.id, 'exports', root)
  ana.says(thread, 'only the Solo plan')
  await bed.comes(messages).toHaveLength(2)

  // A connection that breaks is resumed: what was said meanwhile comes by itself.
  fake.gateway.drop()
  ana.says(thread, 'without tests')
  await bed.comes(messages).toHaveLength(3)
  expect(fake.gateway).toMatchObject({ identifies: 1, resumes: 1 })

  // One that Discord forgets is not: the thread is read.
  fake.gateway.forget()
  fake.gateway.drop()
  ana.says(thread, 'in euro')
  ana.says(channel.id, 'lunch?')
  const other = guild.addChannel({ name: 'prices' })
  ana.says(other.id, `${bed.loom} list the prices`)
  await bed
    .comes(async () => (await messages()).slice(1).toSorted())
    .toEqual(['! list the prices', 'in euro', 'only the Solo plan', 'without tests'])
  fake.gateway.invalidate()
  ana.says(thread, 'by region')
  await bed.comes(messages).toHaveLength(6)
  ana.says(thread, 'that is all')
  await bed.comes(messages).toHaveLength(7)
  expect(fake.gateway.identifies).toBe(3)
  // The mention that nobody heard is a job of its own, and what was only said is none.
  expect(await jobs()).toHaveLength(2)
  expect(await bed.rows('select 1 from loom.brief_messages where position > 0')).toHaveLength(5)
})

test('a connection that stays and brings nothing is noticed by its heartbeat, and nothing of the gap is lost', async () => {
  const bed = await open({ discord: { heartbeatMs: 500 } })
  const { fake } = bed
  const { ana, channel, jobs, messages } = await bed.guild()
  const root = ana.says(channel.id, `${bed.loom} compare the exports`)
  await bed.comes(jobs).toHaveLength(1)
  const thread = ana.opensThread(channel.id, 'exports', root)
  // Forty seconds at Discord's own pace: one heartbeat goes unanswered, and the next one finds that out.
  fake.gateway.silence()
  ana.says(thread, 'only the Solo plan')
  const prices = ana.says(channel.id, `${bed.loom} compare the prices`)
  await bed
    .comes(async () => new Set(await messages()))
    .toEqual(new Set(['! compare the exports', 'only the Solo plan', '! compare the prices']))
  expect(fake.gateway).toMatchObject({ identifies: 1, resumes: 1 })

  // The same where Discord has forgotten the session meanwhile: what is said in running threads is read.
  fake.gateway.silence()
  fake.gateway.forget()
  ana.says(thread, 'in euro')
  await bed.comes(async () => (await messages()).slice(3)).toEqual(['in euro'])
  expect(fake.gateway.identifies).toBe(2)
  ana.deletes(prices)
  await bed.comes(jobs).toMatchObject([{}, { state: 'cancelled' }])
  expect(await jobs()).toHaveLength(2)
})

test('what is said directly while nobody hears it is found: in a gap, and while the process was away', async () => {
  const bed = await open()
  const { fake } = bed
  const { ana } = await bed.guild()
  const { tenantId } = await bed.forOneself(ana)
  const jobs = () => bed.rows(`select id from loom.jobs where tenant_id = '${tenantId}'`)
  const end = () => bed.bed.admin`
    with ended as (update loom.jobs set state = 'done', ended_at = now() where tenant_id = ${tenantId})
    update loom.job_threads set live = false where tenant_id = ${tenantId}`
  ana.says(ana.dm(), 'compare the exports')
  await bed.comes(jobs).toHaveLength(1)
  await end()
  fake.gateway.forget()
  fake.gateway.drop()
  ana.says(ana.dm(), 'and the prices')
  await bed.comes(jobs).toHaveLength(2)

  await end()
  await bed.discord.close()
  ana.says(ana.dm(), 'and the seats')
  const again = createDiscord(bed.deps)
  await again.start()
  try {
    await bed.comes(jobs).toHaveLength(3)
  } finally {
    await again.close()
  }
})

test('a process that was away reads what was said meanwhile, and finds out who sent it away', async () => {
  const bed = await open()
  const one = await bed.guild('One')
  const two = await bed.guild('Two')
  const root = one.ana.says(one.channel.id, `${bed.loom} compare the exports`)
  two.ana.says(two.channel.id, `${bed.loom} compare`)
  await bed.comes(one.jobs).toHaveLength(1)
  await bed.comes(two.jobs).toHaveLength(1)
  await bed.discord.close()
  expect(bed.fake.gateway.connected()).toEqual([])
  const thread = one.ana.opensThread(one.channel.id, 'exports', root)
  one.ana.says(thread, 'only the Solo plan')
  two.guild.removesApp()

  const again = createDiscord(bed.deps)
  await again.start()
  try {
    await bed.comes(one.messages).toEqual(['! compare the exports', 'only the Solo plan'])
    await bed.comes(two.jobs).toMatchObject([{ state: 'cancelled' }])
    expect(await one.jobs()).not.toMatchObject([{ state: 'cancelled' }])
    // Commands that are there are not put there again.
    const puts = bed.fake.calls.filter(({ route }) => /^PUT .*commands/.test(route))
    expect(puts).toHaveLength(1)
  } finally {
    await again.close()
  }
})

test('without the Message Content intent all goes on but what does not mention Loom, which is said once', async () => {
  const bed = await open({ discord: { messageContent: false } })
  const { ana, channel, jobs, messages, notices } = await bed.guild()
  const root = ana.says(channel.id, `${bed.loom} compare the exports`)
  await bed.comes(jobs).toHaveLength(1)
  const thread = ana.opensThread(channel.id, 'exports', root)
  ana.says(thread, 'only the Solo plan')
  ana.says(thread, `${bed.loom} without tests`)
  await bed.comes(messages).toEqual(['! compare the exports', 'without tests'])
  ana.says(channel.id, `${bed.loom} and another one`)
  await bed.comes(jobs).toHaveLength(2)
  const said = (await notices()).map(({ text }) => text).filter((text) => /shows Loom only/.test(text))
  expect(said).toHaveLength(1)
})

test('a Gateway that refuses the intent all the same is opened without it', async () => {
  const bed = await open()
  const { ana, channel, jobs } = await bed.guild()
  // An operator takes the intent away while Loom runs.
  bed.fake.world.app.flags = 0
  bed.fake.gateway.close(4014)
  await expect.poll(() => bed.fake.gateway.identifies, { timeout: 30_000 }).toBe(2)
  ana.says(channel.id, `${bed.loom} compare`)
  await bed.comes(jobs).toHaveLength(1)
})

test('shards are as many as Discord wants, and a server speaks on its own', async () => {
  const bed = await open({ discord: { shards: 3 } })
  expect(bed.fake.gateway.connected().sort()).toEqual([0, 1, 2])
  const servers = await Promise.all(['One', 'Two', 'Three', 'Four'].map((name) => bed.guild(name)))
  for (const { ana, channel } of servers) ana.says(channel.id, `${bed.loom} compare`)
  for (const { jobs } of servers) await bed.comes(jobs).toHaveLength(1)
  const { ana } = servers[0] ?? (await bed.guild())
  ana.says(ana.dm(), 'hello')
  await bed.fake.until(() => ana.reads(ana.dm()).length > 1)
})

test('a token that Discord does not take ends the start with a sentence, an outage is waited for', async () => {
  const bed = await open()
  const { deps, fake } = bed
  const wrong = createDiscord({ ...deps, settings: { ...deps.settings, token: 'wrong' } })
  await expect(wrong.start()).rejects.toMatchObject({
    message: expect.stringContaining('does not take DISCORD_TOKEN'),
  })
  await wrong.close()
  await bed.discord.close()
  fake.faults.down()
  const waiting = createDiscord(deps)
  await waiting.start()
  fake.faults.mend()
  try {
    await expect.poll(() => fake.gateway.connected(), { timeout: 10_000 }).toEqual([0])
  } finally {
    await waiting.close()
  }
})

test('two processes that share the shards of one application hear each server once', async () => {
  const bed = await open({ discord: { shards: 2 }, settings: { shards: { first: 0, last: 0, of: 2 } } })
  const { deps, fake } = bed
  const settings = { ...deps.settings, shards: { first: 1, last: 1, of: 2 } }
  const other = createDiscord({ ...deps, settings })
  await other.start()
  try {
    expect(fake.gateway.connected().sort()).toEqual([0, 1])
    // The moment of a server's beginning decides on its shard.
    const servers: Awaited<ReturnType<typeof bed.guild>>[] = []
    const shardsOf = () => servers.map(({ guild }) => Number((BigInt(guild.id) >> 22n) % 2n))
    while (servers.length < 4 || new Set(shardsOf()).size < 2) {
      servers.push(await bed.guild(`Server ${servers.length}`))
      fake.pass(1)
    }
    const shards = shardsOf()
    for (const { ana, channel } of servers) ana.says(channel.id, `${bed.loom} compare`)
    for (const { jobs } of servers) await bed.comes(jobs).toHaveLength(1)
    const created = fake.gateway.events.filter(({ type }) => type === 'MESSAGE_CREATE')
    expect(created.map(({ shard }) => shard).toSorted()).toEqual(shards.toSorted())

    // Each looks after its own: what left while one of them was away is found by that one alone.
    await other.close()
    for (const { guild } of servers) guild.removesApp()
    const revoked = async () => {
      const found = await Promise.all(servers.map(({ guild }) => bed.installationOf(guild.id)))
      return found.map((each) => each?.revoked)
    }
    await bed.comes(revoked).toEqual(shards.map((shard) => shard === 0))
    const back = createDiscord({ ...deps, settings })
    await back.start()
    await bed.comes(revoked).toEqual(servers.map(() => true))
    await back.close()
  } finally {
    await other.close()
  }
})
