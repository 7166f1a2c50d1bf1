import { webApi } from '@slack/bolt'
import { expect, test } from 'vitest'
import { refusal, useSlack } from './support.ts'

const start = useSlack()

test('one post a second and channel, and so many calls a minute as the method’s tier has', async () => {
  const { channel, client, slack } = await start({ limits: true })
  const post = () => client.chat.postMessage({ channel: channel.id, text: 'x' })
  const { ts = '' } = await post()
  await expect(post()).rejects.toMatchObject({ retryAfter: 1 })
  slack.pass(1000)
  await post()
  const change = () => client.chat.update({ channel: channel.id, ts, text: 'y' })
  for (let count = 0; count < 50; count += 1) await change()
  await expect(change()).rejects.toBeInstanceOf(webApi.WebAPIRateLimitedError)
  slack.pass(61_000)
  await change()
  expect(slack.callsTo('chat.postMessage').map((call) => call.outcome)).toEqual(['ok', 'ratelimited', 'ok'])
})

test('history comes in pages by cursor, each page of a thread with its root', async () => {
  const { ana, channel, client } = await start()
  const root = ana.says(channel.id, 'Root')
  for (const text of ['a', 'b', 'c']) ana.says(channel.id, { text, threadTs: root.ts })
  const seen: string[][] = []
  for await (const page of client.paginate('conversations.replies', {
    channel: channel.id,
    ts: root.ts,
    limit: 2,
  })) {
    const { messages = [] } = page as { messages?: { text: string }[] }
    seen.push(messages.map((message) => message.text))
  }
  expect(seen).toEqual([
    ['Root', 'a', 'b'],
    ['Root', 'c'],
  ])
})

test('an app from outside the marketplace gets fifteen messages and a call a minute', async () => {
  const { ana, channel, client, slack } = await start({ limits: true, limitedHistory: true })
  for (let count = 0; count < 20; count += 1) ana.says(channel.id, `${count}`)
  const read = () => client.conversations.history({ channel: channel.id, limit: 200 })
  const first = await read()
  expect([first.messages?.length, first.has_more, first.messages?.[0]?.text]).toEqual([15, true, '19'])
  await expect(read()).rejects.toMatchObject({ retryAfter: 60 })
  slack.pass(60_000)
  expect((await read()).ok).toBe(true)
})

test('a fault meets the next call of its method, and a lost reply is done all the same', async () => {
  const { channel, client, slack } = await start()
  const post = () => client.chat.postMessage({ channel: channel.id, text: 'x' })
  slack.faults.next('chat.postMessage', { error: 'channel_not_found' })
  slack.faults.next('chat.postMessage', { status: 429, retryAfterS: 7 })
  slack.faults.next('chat.postMessage', { dropReply: true })
  slack.faults.next('chat.postMessage', { dropCall: true })
  expect((await refusal(post())).error).toBe('channel_not_found')
  await expect(post()).rejects.toMatchObject({ retryAfter: 7 })
  await expect(post()).rejects.toBeInstanceOf(webApi.WebAPIRequestError)
  expect(channel.messages()).toHaveLength(1)
  await expect(post()).rejects.toBeInstanceOf(webApi.WebAPIRequestError)
  expect(channel.messages()).toHaveLength(1)
  await post()
  expect(channel.messages()).toHaveLength(2)
})

test('while Slack is down nothing answers but 503, until its time has passed', async () => {
  const { client, slack } = await start()
  slack.faults.downForMs(600_000)
  await expect(client.auth.test()).rejects.toBeInstanceOf(webApi.WebAPIHTTPError)
  slack.pass(600_001)
  expect((await client.auth.test()).ok).toBe(true)
})

test('calls are written down without what is secret', async () => {
  const { channel, client, install, slack } = await start()
  await client.chat.postMessage({ channel: channel.id, text: 'x', unfurl_links: false })
  expect(slack.calls).toMatchObject([
    {
      method: 'chat.postMessage',
      teamId: install.teamId,
      outcome: 'ok',
      args: { text: 'x', unfurl_links: 'false' },
    },
  ])
  expect(JSON.stringify(slack.calls)).not.toContain(install.botToken)
})
