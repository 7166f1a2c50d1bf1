import { Routes } from 'discord.js'
import { expect, test } from 'vitest'
import { refusal, restFor, useDiscord } from './support.ts'

const start = useDiscord()

async function raw(discord: { apiUrl: string; token: string }, method: string, path: string, body?: object) {
  const response = await fetch(`${discord.apiUrl}/v10${path}`, {
    method,
    headers: { authorization: `Bot ${discord.token}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  }
}

test('five messages in five seconds, said in headers; the sixth is told how long to wait', async () => {
  const { channel, discord, guild } = await start({ limits: true })
  const post = () => raw(discord, 'POST', Routes.channelMessages(channel.id), { content: 'x' })
  const left: (string | null)[] = []
  for (let count = 0; count < 5; count += 1) left.push((await post()).headers.get('x-ratelimit-remaining'))
  expect(left).toEqual(['4', '3', '2', '1', '0'])
  const over = await post()
  expect(over.status).toBe(429)
  expect(over.body).toMatchObject({ message: 'You are being rate limited.', global: false })
  expect(Number(over.body.retry_after)).toBeGreaterThan(3)
  expect(over.headers.get('x-ratelimit-scope')).toBe('user')
  expect(over.headers.get('x-ratelimit-bucket')).toMatch(/^[0-9a-f]{32}$/)
  const other = guild.addChannel({ name: 'other' })
  expect((await raw(discord, 'POST', Routes.channelMessages(other.id), { content: 'x' })).status).toBe(200)
  discord.pass(5000)
  expect((await post()).status).toBe(200)
})

test('fifty calls a second in all', async () => {
  const nowMs = Date.parse('2026-11-30T12:00:00Z')
  const { channel, discord, guild } = await start({ limits: true, clock: { now: () => nowMs } })
  const routes = [Routes.user(), Routes.channel(channel.id), Routes.guild(guild.id)]
  const calls = Array.from({ length: 52 }, (_, index) => raw(discord, 'GET', routes[index % 3] ?? ''))
  const refused = (await Promise.all(calls)).filter(({ status }) => status === 429)
  expect(refused.map(({ body, headers }) => [body.global, headers.get('x-ratelimit-global')])).toEqual([
    [true, 'true'],
    [true, 'true'],
  ])
})

test('the real client waits for its bucket, and everything comes in order', async () => {
  const { ana, channel, discord } = await start({ limits: { scale: 0.05 } })
  const rest = restFor(discord)
  const texts = Array.from({ length: 12 }, (_, index) => `${index}`)
  await Promise.all(
    texts.map((content) => rest.post(Routes.channelMessages(channel.id), { body: { content } })),
  )
  expect(ana.reads(channel.id).map(({ text }) => text)).toEqual(texts)
  expect(discord.calls.map(({ status }) => status)).toEqual(texts.map(() => 200))
})

test('a fault meets the next call of its route, and a lost answer is done all the same', async () => {
  const { ana, channel, discord, rest } = await start()
  const route = 'POST /channels/:channel/messages'
  const post = (more: object = {}) =>
    rest.post(Routes.channelMessages(channel.id), { body: { content: 'x', ...more } })
  discord.faults.next(route, { status: 403, code: 50013, message: 'Missing Permissions' })
  discord.faults.next(route, { status: 502 })
  discord.faults.next(route, { dropCall: true })
  discord.faults.next(route, { dropReply: true })
  discord.faults.next(route, { status: 429, retryAfterS: 0.01 })
  expect(await refusal(post())).toMatchObject({ status: 403, code: 50013 })
  await expect(post()).rejects.toMatchObject({ status: 502 })
  await expect(post()).rejects.toThrow()
  expect(ana.reads(channel.id)).toHaveLength(0)
  await expect(post({ content: 'lost' })).rejects.toThrow()
  expect(ana.reads(channel.id).map(({ text }) => text)).toEqual(['lost'])
  await post()
  expect(discord.callsTo(route).map(({ fault, status }) => fault ?? status)).toEqual([
    'status',
    'status',
    'dropCall',
    'dropReply',
    'status',
    200,
  ])
  discord.faults.down()
  await expect(post()).rejects.toMatchObject({ status: 503 })
  discord.faults.mend()
  await post()
})
