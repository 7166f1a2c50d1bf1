import { expect, test } from 'vitest'
import { createDiscordRest } from '../../../src/bots/discord/rest.ts'
import type { Log } from '../../../src/core/ports.ts'
import { type DiscordOptions, startDiscord } from '../../fakes/discord/server.ts'
import { silentLog } from '../../support/store.ts'

const posting = 'POST /channels/:channel/messages'

/** A channel, the API as Loom speaks to it, and all that it logs. */
async function open(options: DiscordOptions & { token?: string } = {}) {
  const discord = await startDiscord(options)
  const ada = discord.people.add('Ada')
  const guild = discord.addGuild({ name: 'Acme', owner: ada })
  const channel = guild.addChannel({ name: 'churn' })
  const logged: string[] = []
  const note = (...all: unknown[]) => void logged.push(JSON.stringify(all))
  const log: Log = { debug: note, info: note, warn: note, error: note, child: () => log }
  const token = options.token ?? discord.token
  const rest = createDiscordRest({ token, apiUrl: `${discord.apiUrl}/`, log, now: discord.now })
  const say = (content: string) =>
    rest.attempt({ method: 'POST', route: `/channels/${channel.id}/messages`, body: { content } })
  return { discord, guild, channel, rest, say, logged, [Symbol.asyncDispose]: () => discord.close() }
}

test('what Discord answers comes back, and a refusal as a sentence without content, ids or token', async () => {
  await using given = await open()
  expect(await given.say('Hello.')).toMatchObject({ ok: true, result: { content: 'Hello.' } })
  given.guild.removeChannel(given.channel.id)
  const refused = await given.say('secret words')
  expect(refused).toMatchObject({ ok: false, fault: { code: 10_003, place: true, doubtful: false } })
  const empty = await given.rest.attempt({
    method: 'POST',
    route: '/users/@me/channels',
    body: { recipient_id: 'x' },
  })
  expect(empty).toMatchObject({ ok: false, fault: { error: { kind: 'refused', retryable: false } } })
  const failure = await given.rest
    .call({
      method: 'POST',
      route: `/webhooks/${given.discord.applicationId}/a-secret-token`,
      auth: false,
      body: {},
    })
    .catch((thrown: unknown) => thrown)
  expect(failure).toMatchObject({ name: 'LoomError', retryable: false })
  const all = JSON.stringify([refused, empty, failure, String((failure as Error).stack), given.logged])
  for (const secret of ['secret', given.channel.id, given.discord.token]) expect(all).not.toContain(secret)
  expect(given.logged).not.toEqual([])
})

test('a call is made once, whatever becomes of it, and says whether it may have been done', async () => {
  await using given = await open()
  for (const [fault, doubtful] of [
    [{ status: 503 }, true],
    [{ dropReply: true }, true],
    [{ status: 500 }, true],
  ] as const) {
    given.discord.faults.next(posting, fault)
    const before = given.discord.calls.length
    expect(await given.say('Hello.')).toMatchObject({
      ok: false,
      fault: { doubtful, error: { kind: 'unavailable', retryable: true } },
    })
    expect(given.discord.calls).toHaveLength(before + 1)
  }
  const nobody = createDiscordRest({
    ...{ token: 't', apiUrl: 'http://127.0.0.1:9/api', now: Date.now },
    log: silentLog,
  })
  expect(await nobody.attempt({ method: 'GET', route: '/users/@me' })).toMatchObject({
    ok: false,
    fault: { doubtful: false, error: { kind: 'unavailable' } },
  })
})

test('limits that pass soon are waited for in line, and no call is refused for them', async () => {
  await using given = await open({ limits: { scale: 0.02 } })
  const said = await Promise.all(Array.from({ length: 12 }, (_, index) => given.say(`${index}`)))
  expect(said.every(({ ok }) => ok)).toBe(true)
  expect(given.discord.calls.filter(({ status }) => status === 429)).toEqual([])
})

test('a longer wait is handed on, for one route or for all, and nothing is sent meanwhile', async () => {
  await using given = await open()
  given.discord.faults.next(posting, { status: 429, retryAfterS: 40 })
  const limited = await given.say('Hello.')
  expect(limited).toMatchObject({ ok: false, fault: { error: { kind: 'rate_limited', retryable: true } } })
  if (!limited.ok) expect(limited.fault.error.retryAfterMs).toBeGreaterThanOrEqual(40_000)
  expect(await given.say('Hello.')).toMatchObject({ ok: false, fault: { code: 'rate_limited' } })
  expect(given.discord.callsTo(posting)).toHaveLength(1)
  expect(await given.rest.attempt({ method: 'GET', route: '/users/@me' })).toMatchObject({ ok: true })
  given.discord.pass(41_000)
  expect(await given.say('Hello.')).toMatchObject({ ok: true })
  given.discord.faults.next('*', { status: 429, retryAfterS: 30, global: true })
  await given.say('Hello.')
  const other = await given.rest.attempt({ method: 'GET', route: '/users/@me' })
  expect(other).toMatchObject({ ok: false, fault: { code: 'rate_limited' } })
  expect(given.discord.callsTo('GET /users/@me')).toHaveLength(1)
})

test('a token that is refused is left alone for a minute, and tried again then', async () => {
  await using given = await open({ token: 'bm9ib2R5.x.y' })
  for (let count = 0; count < 3; count += 1)
    expect(await given.say('Hello.')).toMatchObject({
      ok: false,
      fault: { code: 401, error: { kind: 'forbidden', retryable: false } },
    })
  expect(given.discord.calls).toHaveLength(1)
  given.discord.pass(61_000)
  await given.say('Hello.')
  expect(given.discord.calls).toHaveLength(2)
})
