import { webApi } from '@slack/bolt'
import { afterEach, expect, test } from 'vitest'
import { type FakeSlack, startSlack } from './server.ts'

const open: FakeSlack[] = []
afterEach(async () => {
  for (const slack of open.splice(0)) await slack.close()
})

async function start(options: Parameters<typeof startSlack>[0] = {}) {
  const slack = await startSlack(options)
  open.push(slack)
  const team = slack.addTeam({ name: 'Acme' })
  const ana = team.addUser({ name: 'Ana' })
  const install = team.install()
  const channel = team.addChannel({ name: 'launch', members: [ana, install] })
  const client = new webApi.WebClient(install.botToken, {
    slackApiUrl: slack.url,
    retryConfig: { retries: 0 },
  })
  return { slack, team, ana, install, channel, client }
}

test('a posted message is read back as a person reads it', async () => {
  const { ana, channel, client } = await start()
  const root = ana.says(channel.id, 'Which plan?')
  await client.chat.postMessage({
    channel: channel.id,
    thread_ts: root.ts,
    text: 'Solo',
    blocks: [
      {
        type: 'section',
        text: { type: 'mrkdwn', text: `Solo, <@${ana.id}>, as <https://a.test|the page> says` },
      },
    ],
  })
  const [, answer] = channel.thread(root.ts)
  expect(answer).toMatchObject({ who: 'Loom', text: 'Solo, @Ana, as the page says', pings: ['@Ana'] })
  const { messages } = await client.conversations.replies({ channel: channel.id, ts: root.ts })
  expect(messages?.map((message) => message.text)).toEqual(['Which plan?', 'Solo'])
})

test('a file goes up in three steps and comes back only with the token', async () => {
  const { ana, channel, client, install } = await start()
  const root = ana.says(channel.id, 'Send me the table')
  const { ok } = await client.files.uploadV2({
    channel_id: channel.id,
    thread_ts: root.ts,
    filename: 'table.csv',
    file: Buffer.from('a,b\n1,2\n'),
    initial_comment: 'Here it is',
  })
  expect(ok).toBe(true)
  const posted = channel.thread(root.ts)[1]
  expect(posted?.files[0]).toMatchObject({ name: 'table.csv', bytes: Buffer.from('a,b\n1,2\n') })
  const { file } = await client.files.info({ file: posted?.files[0]?.id ?? '' })
  const address = file?.url_private ?? ''
  const good = await fetch(address, { headers: { authorization: `Bearer ${install.botToken}` } })
  expect(await good.text()).toBe('a,b\n1,2\n')
  const bad = await fetch(address)
  expect([bad.status, bad.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
})
