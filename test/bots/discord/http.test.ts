import { sign } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { threadId } from '../../../src/core/thread-id.ts'
import { cardMessage } from '../../contracts/messages.ts'
import { type DiscordBed, openDiscordBed } from './support/discord-bed.ts'

let bed: DiscordBed
beforeAll(async () => {
  bed = await openDiscordBed({ http: true })
})
afterAll(() => bed.close())

/** A request as Discord signs it, with what is wrong in it. */
async function post(
  body: string,
  wrong: { body?: string; ageMs?: number; headers?: Record<string, string> } = {},
) {
  const timestamp = String(Math.floor((Date.now() - (wrong.ageMs ?? 0)) / 1_000))
  const signature = sign(null, Buffer.from(timestamp + body), bed.fake.world.app.privateKey).toString('hex')
  const signed = { 'x-signature-ed25519': signature, 'x-signature-timestamp': timestamp }
  return fetch(bed.at('interactions'), {
    method: 'POST',
    body: wrong.body ?? body,
    headers: { 'content-type': 'application/json', ...signed, ...wrong.headers },
  })
}

const ping = JSON.stringify({
  id: '1577075425195065344',
  application_id: '1577075425195065344',
  type: 1,
  token: 't',
})

test('what Discord signed just now is taken, and nothing else', async () => {
  expect(await (await post(ping)).json()).toEqual({ type: 1 })
  const statuses = await Promise.all([
    post(ping, { body: `${ping} ` }),
    post(ping, { ageMs: 400_000 }),
    post(ping, { ageMs: -400_000 }),
    post(ping, { headers: { 'x-signature-ed25519': 'ff'.repeat(64) } }),
    post(ping, { headers: { 'x-signature-ed25519': 'no' } }),
    post(ping, { headers: { 'x-signature-timestamp': '1e9' } }),
    post('{"type":2}'),
    post('not json'),
    post('x'.repeat(4_000_001)),
  ])
  expect(statuses.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 401, 400, 400, 413])
})

test('a command over HTTP is acknowledged, durable and answered; the same one twice is one job', async () => {
  const { ana, channel, jobs, notices } = await bed.guild()
  const used = ana.runs(channel.id, 'loom brief', { text: 'compare the exports' })
  expect(await used.answered()).toBe('thinking')
  expect((await used.finished()).text).toContain('compare the exports')
  bed.fake.interactions.again(used.id)
  await bed.fake.interactions.settled()
  await bed.comes(jobs).toMatchObject([{ address: `discord:${channel.id}:${used.original()?.id}` }])
  expect(bed.fake.gateway.connected()).toEqual([])
  const said = (await notices()).map(({ text }) => text).filter((text) => /shows Loom no messages/.test(text))
  expect(said).toHaveLength(1)
})

test('a server that removed Loom is noticed where Loom may post no more, one that hid a channel is not left', async () => {
  const opened = async () => {
    const at = await bed.guild()
    const used = at.ana.runs(at.channel.id, 'loom brief', { text: 'compare the exports' })
    const thread = threadId('discord', at.channel.id, (await used.finished()).id)
    const port = await bed.discord.ports.portFor(at.account)
    const ref = await port.post(thread, cardMessage(), { nonce: at.guild.id })
    const changes = () => port.edit(thread, ref, cardMessage({ title: 'Other' }))
    return { ...at, changes, revoked: async () => (await bed.installationOf(at.guild.id))?.revoked }
  }
  const hidden = await opened()
  hidden.guild.overwrite(hidden.channel.id, { id: bed.fake.bot.id, deny: ['ViewChannel'] })
  await expect(hidden.changes()).rejects.toThrow(/no longer see/)
  expect(await hidden.revoked()).toBe(false)
  expect(await hidden.jobs()).toMatchObject([{ state: 'received' }])

  const left = await opened()
  left.guild.removesApp()
  await expect(left.changes()).rejects.toThrow()
  expect(await left.revoked()).toBe(true)
  expect(await left.jobs()).toMatchObject([{ state: 'cancelled' }])
})

test('where Loom is not installed, the answer says how it comes there', async () => {
  const eve = bed.fake.people.add('Eve')
  const stranger = bed.fake.addGuild({ name: 'Stranger', owner: eve })
  const place = stranger.addChannel({ name: 'x' })
  const used = eve.runs(place.id, 'loom brief', { text: 'hello' })
  expect((await used.finished()).text).toMatch(/not installed in this server yet\. Install it at/)
})

test('what comes while it closes is refused, what is under way is ended', async () => {
  const other = await openDiscordBed({ http: true })
  const { ana, channel, jobs } = await other.guild()
  const used = ana.runs(channel.id, 'loom brief', { text: 'compare' })
  await used.answered()
  await other.discord.close()
  expect(await jobs()).toHaveLength(1)
  expect((await used.finished()).text).toContain('compare')
  const late = ana.runs(channel.id, 'loom brief', { text: 'too late' })
  await expect(late.answered()).rejects.toThrow('did not respond')
  await other.close()
})
