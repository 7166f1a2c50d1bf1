import { expect, test } from 'vitest'
import { refusal, useSlack } from './support.ts'

const start = useSlack()
const text = 'Good morning'

test('an unknown token, none, a revoked one and one without the scope are refused, each in its way', async () => {
  const { channel, client, clientFor, install, slack } = await start()
  const post = { channel: channel.id, text }
  expect(await refusal(clientFor('xoxb-wrong').auth.test())).toMatchObject({ error: 'invalid_auth' })
  expect(await refusal(clientFor('').auth.test())).toMatchObject({ error: 'not_authed' })
  slack.faults.removeScope(install.botToken, 'chat:write')
  expect(await refusal(client.chat.postMessage(post))).toMatchObject({
    error: 'missing_scope',
    needed: 'chat:write',
    provided: install.scopes.join(','),
  })
  slack.faults.revoke(install.botToken)
  expect(await refusal(client.chat.postMessage(post))).toMatchObject({ error: 'token_revoked' })
})

test('what a channel of its kind needs is asked of the token', async () => {
  const { ana, client, install, slack, team } = await start()
  const quiet = team.addChannel({ name: 'quiet', isPrivate: true, members: [ana, install] })
  slack.faults.removeScope(install.botToken, 'groups:history')
  expect(await refusal(client.conversations.history({ channel: quiet.id }))).toMatchObject({
    error: 'missing_scope',
    needed: 'groups:history',
  })
})

test('an argument that the method does not know is refused with its name', async () => {
  const { channel, client } = await start()
  const strange = client.apiCall('chat.postMessage', { channel: channel.id, text, thread: 'x' })
  const { error, errors } = await refusal(strange)
  expect(error).toBe('invalid_arguments')
  expect(String(errors)).toContain('thread')
  expect(await refusal(client.apiCall('chat.shout', {}))).toMatchObject({ error: 'unknown_method' })
})

test('a channel must exist, must be open to the app and must not be archived', async () => {
  const { ana, channel, client, team } = await start()
  const post = (id: string) => refusal(client.chat.postMessage({ channel: id, text }))
  const hidden = team.addChannel({ name: 'hidden', isPrivate: true, members: [ana] })
  const elsewhere = team.addChannel({ name: 'elsewhere', members: [ana] })
  expect(await post('C0NOWHERE')).toMatchObject({ error: 'channel_not_found' })
  expect(await post(hidden.id)).toMatchObject({ error: 'channel_not_found' })
  expect(await post(elsewhere.id)).toMatchObject({ error: 'not_in_channel' })
  expect(await refusal(client.conversations.history({ channel: elsewhere.id }))).toMatchObject({
    error: 'not_in_channel',
  })
  channel.archive()
  expect(await post(channel.id)).toMatchObject({ error: 'is_archived' })
})

test('a channel of one team is unknown to a token of another', async () => {
  const { channel, clientFor, slack } = await start()
  const other = slack.addTeam({ name: 'Other' })
  other.addUser({ name: 'Cid' })
  const stranger = clientFor(other.install().botToken)
  expect(await refusal(stranger.chat.postMessage({ channel: channel.id, text }))).toMatchObject({
    error: 'channel_not_found',
  })
})

test('a reply needs its parent, and a parent with replies leaves a tombstone', async () => {
  const { ana, channel, client } = await start()
  const reply = (ts: string) => client.chat.postMessage({ channel: channel.id, thread_ts: ts, text })
  expect(await refusal(reply('1700000000.000001'))).toMatchObject({ error: 'thread_not_found' })
  expect(await refusal(reply('yesterday'))).toMatchObject({ error: 'invalid_thread_ts' })
  const lone = ana.says(channel.id, 'Alone')
  ana.deletes(lone)
  expect(await refusal(reply(lone.ts))).toMatchObject({ error: 'thread_not_found' })
  const root = ana.says(channel.id, 'Root')
  await reply(root.ts)
  ana.deletes(root)
  expect(channel.thread(root.ts).map((each) => each.text)).toEqual(['This message was deleted.', text])
  expect((await reply(root.ts)).ok).toBe(true)
})

test('only what is there and the app’s own can be changed or deleted', async () => {
  const { ana, channel, client } = await start()
  const { ts } = ana.says(channel.id, 'Mine')
  const change = (at: string) => refusal(client.chat.update({ channel: channel.id, ts: at, text }))
  expect(await change(ts)).toMatchObject({ error: 'cant_update_message' })
  expect(await change('1700000000.000001')).toMatchObject({ error: 'message_not_found' })
  expect(await refusal(client.chat.delete({ channel: channel.id, ts }))).toMatchObject({
    error: 'cant_delete_message',
  })
})

test('a message for one person is seen by that person alone and cannot be changed', async () => {
  const { ana, ben, channel, client, team } = await start()
  const { message_ts: ts = '' } = await client.chat.postEphemeral({ channel: channel.id, user: ana.id, text })
  expect(ana.ephemerals(channel.id).map((each) => each.text)).toEqual([text])
  expect(ben.ephemerals()).toEqual([])
  expect(channel.messages()).toEqual([])
  expect(await refusal(client.chat.update({ channel: channel.id, ts, text }))).toMatchObject({
    error: 'message_not_found',
  })
  const away = team.addUser({ name: 'Cid' })
  expect(
    await refusal(client.chat.postEphemeral({ channel: channel.id, user: away.id, text })),
  ).toMatchObject({
    error: 'user_not_in_channel',
  })
})

test('a changed message keeps the blocks that nothing was said of', async () => {
  const { channel, client } = await start()
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'First' } }]
  const { ts = '' } = await client.chat.postMessage({ channel: channel.id, text, blocks })
  await client.chat.update({ channel: channel.id, ts, text: 'Other' })
  expect(channel.message(ts)).toMatchObject({ text: 'First', fallback: 'Other', edited: true })
  await client.chat.update({ channel: channel.id, ts, text: 'Other', blocks: [] })
  expect(channel.message(ts).text).toBe('Other')
})

test('a message says something, in at most 40,000 characters', async () => {
  const { channel, client } = await start()
  const post = (said: string) => refusal(client.chat.postMessage({ channel: channel.id, text: said }))
  expect(await post('')).toMatchObject({ error: 'no_text' })
  expect(await post('x'.repeat(40_001))).toMatchObject({ error: 'msg_too_long' })
})

test('metadata is kept, and given back only to whoever asks for all of it and may', async () => {
  const { ana, channel, client, install, slack } = await start()
  const root = ana.says(channel.id, 'Root')
  const metadata = { event_type: 'loom_delivery', event_payload: { nonce: 'n1', part: 0 } }
  await client.chat.postMessage({ channel: channel.id, thread_ts: root.ts, text, metadata })
  const read = async (all: boolean) => {
    const page = await client.conversations.replies({
      channel: channel.id,
      ts: root.ts,
      ...(all ? { include_all_metadata: true } : {}),
    })
    return page.messages?.map((message) => message.metadata)
  }
  expect(await read(false)).toEqual([undefined, undefined])
  expect(await read(true)).toEqual([undefined, metadata])
  slack.faults.removeScope(install.botToken, 'metadata.message:read')
  expect(await read(true)).toEqual([undefined, undefined])
})
