import { expect, test, vi } from 'vitest'
import { refusal, startBolt, useSlack } from './support.ts'

const start = useSlack()

const words = (text: string) => ({ type: 'plain_text' as const, text })
const question = {
  type: 'actions',
  elements: [{ type: 'button', text: words('Own words'), action_id: 'own', value: '{"q":"1"}' }],
}
const form = {
  type: 'modal' as const,
  callback_id: 'answer',
  title: words('Your answer'),
  submit: words('Send'),
  private_metadata: '{"q":"1"}',
  blocks: [
    {
      type: 'input' as const,
      block_id: 'b',
      label: words('Answer'),
      element: { type: 'plain_text_input' as const, action_id: 'said' },
    },
  ],
}

test('a press opens a form, the form is checked and answered, and its sender is told', async () => {
  const { ana, channel, client, install, slack } = await start()
  await using bolt = await startBolt(slack, install.botToken)
  const heard: unknown[] = []
  bolt.app.action('own', async ({ ack, action, body, client: own }) => {
    await ack()
    heard.push('value' in action ? action.value : '')
    await own.views.open({ trigger_id: 'trigger_id' in body ? body.trigger_id : '', view: form })
  })
  bolt.app.view('answer', async ({ ack, view }) => {
    const said = view.state.values.b?.said?.value ?? ''
    if (said === 'no') await ack({ response_action: 'errors', errors: { b: 'Say more' } })
    else await ack()
    heard.push(said, view.private_metadata)
  })
  const { ts = '' } = await client.chat.postMessage({ channel: channel.id, text: 'x', blocks: [question] })
  await ana.press({ ts }, 'own')
  await vi.waitUntil(() => ana.modals().length === 1)
  expect(ana.modals()).toMatchObject([{ title: 'Your answer', text: 'Answer', callbackId: 'answer' }])
  await expect(ana.submits()).rejects.toThrow('without said')
  expect((await ana.submits({ said: 'no' })).errors).toEqual({ b: 'Say more' })
  expect(ana.modals()).toHaveLength(1)
  expect((await ana.submits({ said: 'yes' })).errors).toEqual({})
  expect(ana.modals()).toEqual([])
  expect(heard).toEqual(['{"q":"1"}', 'no', '{"q":"1"}', 'yes', '{"q":"1"}'])
})

test('a trigger lives for three seconds and opens one view', async () => {
  const { ana, channel, client, install, slack } = await start()
  await using bolt = await startBolt(slack, install.botToken)
  const triggers: string[] = []
  bolt.app.shortcut('take', async ({ ack, shortcut }) => {
    await ack()
    triggers.push(shortcut.trigger_id)
  })
  const said = ana.says(channel.id, 'Look here')
  for (let count = 0; count < 2; count += 1) await ana.shortcut(said, 'take')
  const [first = '', second = ''] = triggers
  await client.views.open({ trigger_id: first, view: form })
  expect((await refusal(client.views.open({ trigger_id: first, view: form }))).error).toBe(
    'exchanged_trigger_id',
  )
  slack.pass(3001)
  expect((await refusal(client.views.open({ trigger_id: second, view: form }))).error).toBe(
    'expired_trigger_id',
  )
  expect((await refusal(client.views.open({ trigger_id: 'x', view: form }))).error).toBe('invalid_trigger_id')
})

test('a view is checked: its title, its blocks, and a form can be sent', async () => {
  const { ana, client } = await start()
  const publish = (view: object) => refusal(client.apiCall('views.publish', { user_id: ana.id, view }))
  expect((await publish({ ...form, type: 'home' })).error).toBe('invalid_arguments')
  expect((await publish({ type: 'home', blocks: [{ type: 'markdown', text: 'x' }] })).error).toBe(
    'invalid_blocks',
  )
  await client.views.publish({
    user_id: ana.id,
    view: { type: 'home', blocks: [{ type: 'section', text: words('Two jobs run') }] },
  })
  expect(ana.home()?.text).toBe('Two jobs run')
})

test('opening the home is told, and what is pressed there comes with its view', async () => {
  const { ana, install, slack } = await start()
  await using bolt = await startBolt(slack, install.botToken)
  const heard: string[] = []
  bolt.app.event('app_home_opened', async ({ client: own, event }) => {
    await own.views.publish({
      user_id: event.user,
      view: {
        type: 'home',
        blocks: [
          {
            type: 'section',
            text: words('Jobs'),
            accessory: { type: 'button', text: words('More'), action_id: 'more' },
          },
        ],
      },
    })
  })
  bolt.app.action('more', async ({ ack, body }) => {
    await ack()
    heard.push(body.type === 'block_actions' ? (body.view?.type ?? '') : '')
  })
  ana.opensHome()
  await vi.waitUntil(() => ana.home() !== undefined)
  await ana.pressInView('home', 'more')
  expect(heard).toEqual(['home'])
})

test('a response_url is good five times in half an hour, and only the person sees what comes by it', async () => {
  const { ana, ben, channel, install, slack } = await start()
  await using bolt = await startBolt(slack, install.botToken)
  const urls: string[] = []
  bolt.app.command('/loom', async ({ ack, command, respond }) => {
    await ack()
    urls.push(command.response_url)
    await respond({ text: `About ${command.text}` })
  })
  await ana.runs('/loom status all', channel.id)
  await vi.waitUntil(() => ana.ephemerals().length === 1)
  expect(ana.ephemerals(channel.id)[0]).toMatchObject({ text: 'About status all', onlyFor: 'Ana' })
  expect(ben.ephemerals()).toEqual([])
  const post = (body: object) =>
    fetch(urls[0] ?? '', { method: 'POST', body: JSON.stringify(body) }).then((response) => response.status)
  expect(await post({ text: 'x', colour: 'red' })).toBe(400)
  for (let count = 0; count < 3; count += 1) expect(await post({ text: `${count}` })).toBe(200)
  expect(await post({ text: 'too many' })).toBe(404)

  await ana.runs('/loom stop', channel.id)
  await vi.waitUntil(() => urls.length === 2)
  slack.pass(30 * 60_000 + 1)
  const late = await fetch(urls[1] ?? '', { method: 'POST', body: '{"text":"late"}' })
  expect(late.status).toBe(404)
})

test('what is not there cannot be pressed', async () => {
  const { ana, channel, client } = await start()
  const { ts = '' } = await client.chat.postMessage({ channel: channel.id, text: 'x', blocks: [question] })
  expect(() => ana.press({ ts }, 'other')).toThrow('no such element')
})
