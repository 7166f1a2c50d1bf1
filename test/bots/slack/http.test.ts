import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSlackBed, type SlackBed } from './support/slack-bed.ts'

let bed: SlackBed
beforeAll(async () => {
  bed = await openSlackBed()
})
afterAll(() => bed.close())

interface Sending {
  body?: string
  atS?: number
  secret?: string
  path?: string
  type?: string
  headers?: Record<string, string>
}

function send({ atS, body = '{}', headers, path = 'events', secret, type }: Sending = {}): Promise<Response> {
  const sentAtS = atS ?? Math.floor(Date.now() / 1_000)
  const key = secret ?? bed.settings.signingSecret ?? ''
  const signature = `v0=${createHmac('sha256', key).update(`v0:${sentAtS}:${body}`).digest('hex')}`
  return fetch(bed.at(path), {
    method: 'POST',
    body,
    headers: {
      'content-type': type ?? 'application/json',
      'x-slack-request-timestamp': String(sentAtS),
      'x-slack-signature': signature,
      ...headers,
    },
  })
}

const challenge = JSON.stringify({ type: 'url_verification', challenge: 'c1' })

test('Slack’s question whether we are there is answered, when it is signed', async () => {
  const response = await send({ body: challenge })
  expect([response.status, await response.json()]).toEqual([200, { challenge: 'c1' }])
  expect((await send({ body: challenge, secret: 'other' })).status).toBe(401)
})

test('a request is refused that is old, from the future, unsigned, or changed on the way', async () => {
  const nowS = Math.floor(Date.now() / 1_000)
  expect((await send({ body: challenge, atS: nowS - 301 })).status).toBe(401)
  expect((await send({ body: challenge, atS: nowS + 400 })).status).toBe(401)
  expect((await send({ body: challenge, atS: nowS - 200 })).status).toBe(200)
  for (const headers of [
    { 'x-slack-signature': '' },
    { 'x-slack-signature': 'v0=' },
    { 'x-slack-signature': `v1=${'0'.repeat(64)}` },
    { 'x-slack-request-timestamp': 'NaN' },
    { 'x-slack-request-timestamp': '' },
  ]) {
    expect((await send({ body: challenge, headers })).status, JSON.stringify(headers)).toBe(401)
  }
})

test('what is too large, no JSON, or no method of Slack’s gets a plain refusal', async () => {
  expect((await send({ body: 'x'.repeat(4_000_001) })).status).toBe(413)
  expect((await send({ body: 'not json' })).status).toBe(400)
  expect((await send({ body: '[1]' })).status).toBe(400)
  expect((await fetch(bed.at('events'))).status).toBe(404)
})

test('an event that could not be made durable is not acknowledged, and is taken when Slack sends it again', async () => {
  const place = await bed.workspace()
  await bed.bed.admin`alter table loom.inbox rename to inbox_away`
  place.ana.says(place.channel.id, `${place.loom} compare`)
  await bed.fake.settled()
  expect(bed.fake.deliver.log.at(-1)?.acknowledged).toBe(false)
  await bed.bed.admin`alter table loom.inbox_away rename to inbox`
  bed.fake.pass(61_000)
  await bed.fake.settled()
  expect(bed.fake.deliver.log.at(-1)?.acknowledged).toBe(true)
  expect(
    await bed.rows(`select id from loom.jobs where tenant_id = '${place.account.tenantId}'`),
  ).toHaveLength(1)
})

test('a command that nobody listens to is acknowledged with nothing', async () => {
  const place = await bed.workspace()
  const reply = await place.ana.runs('/unheard of', place.channel.id)
  expect([reply.status, reply.body]).toEqual([200, ''])
})

test('once it closes, Slack is told to come again', async () => {
  const closing = await openSlackBed()
  await closing.slack.close()
  const body = challenge
  const atS = Math.floor(Date.now() / 1_000)
  const response = await fetch(closing.at('events'), {
    method: 'POST',
    body,
    headers: { 'x-slack-request-timestamp': `${atS}` },
  })
  expect(response.status).toBe(503)
  await closing.close()
})
