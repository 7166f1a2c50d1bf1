import { expect, test } from 'vitest'
import { refusal, useSlack } from './support.ts'

const start = useSlack()

test('a stream grows, ends, and cannot be gone on with', async () => {
  const { ana, channel, client, install } = await start()
  const root = ana.says(channel.id, 'Tell me')
  const to = { channel: channel.id, thread_ts: root.ts }
  expect((await refusal(client.chat.startStream(to))).error).toBe('missing_recipient_user_id')
  const recipient = { recipient_user_id: ana.id, recipient_team_id: install.teamId }
  const { ts = '' } = await client.chat.startStream({ ...to, ...recipient, markdown_text: 'One' })
  const at = { channel: channel.id, ts }
  await client.chat.appendStream({ ...at, markdown_text: ', two' })
  expect((await refusal(client.chat.update({ ...at, text: 'x' }))).error).toBe('streaming_state_conflict')
  await client.chat.stopStream({ ...at, markdown_text: ', three' })
  expect(channel.thread(root.ts)[1]?.text).toBe('One, two, three')
  expect((await refusal(client.chat.appendStream({ ...at, markdown_text: '!' }))).error).toBe(
    'message_not_in_streaming_state',
  )
})

test('a stream dies after five minutes, whatever is done', async () => {
  const { ana, channel, client, install, slack } = await start()
  const { ts: thread_ts } = ana.says(channel.id, 'Tell me')
  const recipient = { recipient_user_id: ana.id, recipient_team_id: install.teamId }
  const { ts = '' } = await client.chat.startStream({ channel: channel.id, thread_ts, ...recipient })
  slack.pass(200_000)
  await client.chat.appendStream({ channel: channel.id, ts, markdown_text: 'Still' })
  slack.pass(101_000)
  const more = client.chat.appendStream({ channel: channel.id, ts, markdown_text: 'here' })
  expect((await refusal(more)).error).toBe('message_not_in_streaming_state')
})

test('a session has a status and a stop button while it works; the app ends it itself', async () => {
  const { ana, channel, client, slack, team } = await start()
  const { ts } = ana.says(channel.id, 'Work')
  const at = { channel_id: channel.id, thread_ts: ts }
  expect((await refusal(client.agents.sessions.rename({ ...at, title: 'x' }))).error).toBe(
    'session_not_found',
  )
  expect((await refusal(client.agents.sessions.setStatus({ ...at, status: 'busy' }))).error).toBe(
    'invalid_status',
  )
  await client.agents.sessions.setStatus({ ...at, status: 'processing', title: 'Prices' })
  ana.stopsAgent(channel.id, ts)
  expect(slack.deliver.envelopes.at(-1)?.event).toMatchObject({
    type: 'agent_session_stopped',
    thread_ts: ts,
    user: ana.id,
    streaming_message_ts: [],
  })
  expect(team.sessions()[0]?.status).toBe('processing')
  await client.agents.sessions.setStatus({ ...at, status: 'closed' })
  expect(() => ana.stopsAgent(channel.id, ts)).toThrow('no stop button')
})

test('without the subscription there is a warning instead of a button', async () => {
  const { ana, channel, client } = await start({ subscriptions: ['app_mention'] })
  const { ts } = ana.says(channel.id, 'Work')
  const said = await client.agents.sessions.setStatus({
    channel_id: channel.id,
    thread_ts: ts,
    status: 'processing',
  })
  expect(said.warning).toBe('missing_agent_session_stopped_event_subscription')
})
