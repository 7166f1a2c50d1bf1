import { createServer } from 'node:http'
import { App, SocketModeReceiver } from '@slack/bolt'
import { expect, test, vi } from 'vitest'
import { silent, startBolt, useSlack } from './support.ts'

const start = useSlack()

test('a mention reaches the real Bolt twice, as app_mention and as message, signed', async () => {
  const { ana, channel, install, slack } = await start()
  await using bolt = await startBolt(slack, install.botToken)
  const heard: string[] = []
  bolt.app.event('app_mention', async ({ event, say }) => {
    heard.push(`mention ${event.text}`)
    await say({ text: 'On it', thread_ts: event.ts })
  })
  bolt.app.message(async ({ message }) => {
    heard.push(`message ${message.subtype ?? ''}${'bot_id' in message ? ' of a bot' : ''}`)
  })
  const root = ana.says(channel.id, `<@${install.botUserId}> help`)
  await vi.waitUntil(() => channel.thread(root.ts).length === 2)
  await slack.settled()
  expect(heard.sort()).toEqual([`mention <@${install.botUserId}> help`, 'message '])
  expect(slack.deliver.log.map((each) => each.statuses)).toEqual([[200], [200], [200]])
  expect(slack.deliver.envelopes[0]).toMatchObject({
    type: 'event_callback',
    team_id: install.teamId,
    api_app_id: slack.app.id,
    authorizations: [{ team_id: install.teamId, user_id: install.botUserId, is_bot: true }],
  })
})

test('an edit, a deletion and a reaction are told of, with the message as it was', async () => {
  const { ana, channel, install, slack } = await start()
  const said = ana.says(channel.id, 'Frist')
  ana.edits(said, 'First')
  ana.reacts(said, 'thread')
  ana.deletes(said)
  const events = slack.deliver.envelopes.map((made) => made.event)
  expect(events).toMatchObject([
    { type: 'message', text: 'Frist', channel_type: 'channel' },
    { subtype: 'message_changed', message: { text: 'First' }, previous_message: { text: 'Frist' } },
    { type: 'reaction_added', reaction: 'thread', item: { ts: said.ts } },
    { subtype: 'message_deleted', deleted_ts: said.ts },
  ])
  expect(install.scopes).toContain('reactions:read')
})

test('what the app did not subscribe to, may not read or is not in, it does not hear', async () => {
  const { ana, channel, install, slack, team } = await start({ subscriptions: ['message.channels'] })
  const elsewhere = team.addChannel({ name: 'elsewhere', members: [ana] })
  const quiet = team.addChannel({ name: 'quiet', isPrivate: true, members: [ana, install] })
  ana.says(elsewhere.id, 'a')
  ana.says(quiet.id, 'b')
  ana.reacts(ana.says(channel.id, 'c'), 'thread')
  slack.faults.removeScope(install.botToken, 'channels:history')
  ana.says(channel.id, 'd')
  expect(slack.deliver.envelopes.map((made) => made.event.text)).toEqual(['c'])
})

test('what is not acknowledged comes again: at once, after a minute, after five, with its number', async () => {
  const { ana, channel, slack } = await start({ ackWithinMs: 500 })
  const tries: string[] = []
  const server = createServer((request, response) => {
    tries.push(
      `${request.headers['x-slack-retry-num'] ?? 0} ${request.headers['x-slack-retry-reason'] ?? ''}`,
    )
    if (tries.length === 2) return
    response.writeHead(tries.length === 4 ? 200 : 500).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  slack.deliver.to(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
  ana.says(channel.id, 'Hello')
  await slack.settled()
  expect(tries).toEqual(['0 ', '1 http_error'])
  slack.pass(60_000)
  await slack.settled()
  slack.pass(300_000)
  await slack.settled()
  expect(tries).toEqual(['0 ', '1 http_error', '2 http_timeout', '3 http_error'])
  expect(slack.deliver.log).toMatchObject([{ statuses: [500, 0, 500, 200], acknowledged: true }])
  server.closeAllConnections()
  server.close()
})

test('events can come doubled, out of order, and once more', async () => {
  const { ana, channel, install, slack } = await start()
  await using bolt = await startBolt(slack, install.botToken)
  const heard: string[] = []
  bolt.app.message(async ({ body, message }) => {
    heard.push(
      `${'text' in message ? message.text : ''} ${body.event_id === slack.deliver.envelopes[0]?.event_id}`,
    )
  })
  slack.deliver.hold()
  ana.says(channel.id, 'a')
  ana.says(channel.id, 'b')
  expect(heard).toEqual([])
  slack.deliver.release('reversed')
  await slack.settled()
  expect(heard.toSorted()).toEqual(['a true', 'b false'])
  expect(slack.deliver.log.map((each) => each.eventId)).toEqual(
    slack.deliver.envelopes.map((made) => made.event_id).reverse(),
  )
  slack.deliver.again(slack.deliver.envelopes[0]?.event_id ?? '')
  slack.deliver.copies(2)
  ana.says(channel.id, 'c')
  await slack.settled()
  expect(heard.toSorted()).toEqual(['a true', 'a true', 'b false', 'c false', 'c false'])
})

test('a wrong signature is nobody’s event', async () => {
  const { ana, channel, install, slack } = await start()
  await using bolt = await startBolt(slack, install.botToken)
  const heard: unknown[] = []
  bolt.app.message(async ({ message }) => void heard.push(message))
  Object.assign(slack.app, { signingSecret: 'another' })
  ana.says(channel.id, 'a')
  await slack.settled()
  expect(heard).toEqual([])
  expect(slack.deliver.log[0]?.acknowledged).toBe(false)
})

test('Socket Mode carries events, presses and commands to the real Bolt, and lives through a new connection', async () => {
  const { ana, channel, client, install, slack } = await start()
  const clientOptions = { slackApiUrl: slack.url }
  // It comes again after as long as it waits for a pong.
  const receiver = new SocketModeReceiver({
    appToken: slack.app.appToken,
    clientPingTimeout: 500,
    logger: silent,
    installerOptions: { clientOptions },
  })
  const app = new App({ token: install.botToken, receiver, logger: silent, clientOptions })
  const heard: string[] = []
  app.event('app_mention', async ({ event }) => void heard.push(event.text.split(' ')[1] ?? ''))
  app.action('go', async ({ ack, body }) => {
    await ack()
    heard.push(`press by ${body.user.id === ana.id ? 'Ana' : 'nobody'}`)
  })
  app.command('/loom', async ({ ack, command }) => {
    await ack({ text: `You said ${command.text}` })
  })
  await app.start()
  await vi.waitUntil(() => slack.socket.isOpen())
  ana.says(channel.id, `<@${install.botUserId}> one`)
  await slack.settled()

  const { ts = '' } = (await client.apiCall('chat.postMessage', {
    channel: channel.id,
    text: 'x',
    blocks: [
      {
        type: 'actions',
        elements: [{ type: 'button', text: { type: 'plain_text', text: 'Go' }, action_id: 'go' }],
      },
    ],
  })) as { ts?: string }
  await ana.press({ ts }, 'go')
  await ana.runs('/loom status', channel.id)
  expect(ana.ephemerals(channel.id).map((each) => each.text)).toEqual(['You said status'])

  slack.socket.refresh()
  await vi.waitUntil(
    () => slack.callsTo('apps.connections.open').length === 2 && slack.socket.connections() === 1,
    { timeout: 20_000 },
  )
  const long = 'x'.repeat(70_000)
  ana.says(channel.id, `<@${install.botUserId}> two ${long}`)
  await slack.settled()
  expect(heard).toEqual(['one', 'press by Ana', 'two'])
  await app.stop()
})
