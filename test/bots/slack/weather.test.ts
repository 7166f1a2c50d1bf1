import { expect, test } from 'vitest'
import { answerMessage, cardMessage, cardRow, noticeMessage } from '../../contracts/messages.ts'
import { failureOf, openWeather, type Weather } from './support/weather.ts'

test('a refusal for the rate says how long to wait, and nothing is sent before', async () => {
  await using scene = await openWeather()
  scene.slack.faults.next('chat.postMessage', { status: 429, retryAfterS: 30 })
  const first = await failureOf(scene.post(noticeMessage('Hello.')))
  expect(first).toMatchObject({ kind: 'rate_limited', retryable: true, retryAfterMs: 30_000 })
  const second = await failureOf(scene.post(noticeMessage('Hello.')))
  expect(second.retryAfterMs).toBeGreaterThan(20_000)
  expect(scene.slack.callsTo('chat.postMessage')).toHaveLength(1)
  scene.slack.pass(30_000)
  await scene.post(noticeMessage('Hello.'))
  expect(scene.texts()).toEqual(['Hello.'])
})

test('a post whose reply was lost is found by another process and not posted again', async () => {
  await using scene = await openWeather()
  scene.slack.faults.next('chat.postMessage', { dropReply: true })
  const failure = await failureOf(scene.post(noticeMessage('Hello.')))
  expect(failure).toMatchObject({ kind: 'unavailable', retryable: true })
  const other = await scene.openPort()
  await other.post(scene.thread, noticeMessage('Hello.'), { nonce: 'n', mayBeShown: true })
  expect(scene.texts()).toEqual(['Hello.'])
})

test('a post whose reply was lost is found by the same process, which was not told so', async () => {
  await using scene = await openWeather()
  scene.slack.faults.next('chat.postMessage', { dropReply: true })
  await failureOf(scene.post(noticeMessage('Hello.')))
  await scene.post(noticeMessage('Hello.'))
  expect(scene.texts()).toEqual(['Hello.'])
})

test('a call that never reached Slack is posted on the next try', async () => {
  await using scene = await openWeather()
  scene.slack.faults.next('chat.postMessage', { dropCall: true })
  await failureOf(scene.post(noticeMessage('Hello.')))
  await scene.post(noticeMessage('Hello.'))
  expect(scene.texts()).toEqual(['Hello.'])
})

test('a long answer that broke off goes on with its next message', async () => {
  await using scene = await openWeather()
  const markdown = Array.from(
    { length: 400 },
    (_, index) => `Line ${index + 1000} of the answer, with words.\n\n`,
  ).join('')
  scene.slack.faults.next('chat.postMessage', { delayMs: 0 })
  scene.slack.faults.next('chat.postMessage', { status: 503 })
  await failureOf(scene.post(answerMessage({ markdown })))
  expect(scene.posts()).toHaveLength(1)
  await scene.post(answerMessage({ markdown }))
  const lines =
    scene
      .texts()
      .join('\n')
      .match(/Line \d{4}/gu) ?? []
  expect(lines).toEqual(Array.from({ length: 400 }, (_, index) => `Line ${index + 1000}`))
})

test('blocks that are too long for Slack go as plain text, and no word is lost', async () => {
  await using scene = await openWeather()
  scene.slack.faults.next('chat.postMessage', { error: 'msg_blocks_too_long' })
  const markdown = `${'word '.repeat(1_400)}\n\n& **end** <!channel>`
  const ref = await scene.post(answerMessage({ markdown }))
  const text = scene.texts().join(' ')
  expect(text.match(/word/gu)).toHaveLength(1_400)
  expect(text).toContain('& end <!channel>')
  expect(scene.posts().flatMap(({ pings }) => pings)).toEqual([])
  expect(scene.posts().length).toBeGreaterThan(1)
  const other = await scene.openPort()
  expect(await other.post(scene.thread, answerMessage({ markdown }), { nonce: 'n', mayBeShown: true })).toBe(
    ref,
  )
})

test.each([
  ['the channel is archived', (scene: Weather) => scene.room.archive(), /archived/],
  [
    'Loom was removed from the channel',
    (scene: Weather) => scene.room.kick(scene.install),
    /not in that channel/,
  ],
  ['the channel is gone', (scene: Weather) => scene.room.delete(), /can no longer see/],
])('when %s it is given up for good, and whoever asked is told once', async (_, happen, words) => {
  await using scene = await openWeather()
  const dm = scene.team.openDm(scene.person)
  happen(scene)
  const failure = await failureOf(scene.post(answerMessage()))
  expect(failure).toMatchObject({ kind: 'forbidden', retryable: false })
  expect(failure.message).toMatch(words)
  await failureOf(scene.post(answerMessage()))
  const told = dm.messages().map(({ text }) => text)
  expect(told).toHaveLength(1)
  expect(told[0]).toMatch(words)
  expect(told[0]).toContain('Your answer could not be posted')
  expect(told[0]).not.toContain('Churn')
})

test('when the question was deleted, whoever asked is told', async () => {
  await using scene = await openWeather()
  const dm = scene.team.openDm(scene.person)
  scene.person.deletes({ ts: scene.root, channel: scene.room.id })
  const failure = await failureOf(scene.post(answerMessage()))
  expect(failure.retryable).toBe(false)
  expect(dm.messages()[0]?.text).toContain('deleted')
})

test('a token that was revoked is final, and the next port asks for a token anew', async () => {
  await using scene = await openWeather()
  scene.slack.faults.revoke(scene.install.botToken)
  const failure = await failureOf(scene.post(noticeMessage('Hello.')))
  expect(failure).toMatchObject({ kind: 'forbidden', retryable: false })
  expect(failure.message).not.toContain('xoxb')
})

test('Slack may be away for ten minutes: everything is said once when it is back', async () => {
  await using scene = await openWeather()
  scene.slack.faults.downForMs(600_000)
  let tries = 0
  const say = async (): Promise<void> => {
    const failure = await scene.post(answerMessage()).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    if (failure === undefined) return
    expect(failure).toMatchObject({ retryable: true })
    tries += 1
    scene.slack.pass(60_000)
    return say()
  }
  await say()
  expect(tries).toBe(10)
  expect(scene.posts()).toHaveLength(1)
})

test('a card that changes fifty times at once is edited a few times and shows the last', async () => {
  await using scene = await openWeather()
  const ref = await scene.post(cardMessage())
  const edits = Array.from({ length: 50 }, (_, index) => {
    const rows = [cardRow({ title: 'March', state: 'running', activity: `found ${index + 1} things` })]
    return scene.port.edit(scene.thread, ref, cardMessage({ rows }))
  })
  await Promise.all(edits)
  expect(scene.slack.callsTo('chat.update').length).toBeLessThan(5)
  expect(scene.slack.calls.map(({ outcome }) => outcome)).not.toContain('ratelimited')
  expect(scene.texts().join()).toContain('found 50 things')
})

test('a deleted card is not_found, so that it is posted anew', async () => {
  await using scene = await openWeather()
  const ref = await scene.post(cardMessage())
  scene.slack.faults.next('chat.update', { error: 'message_not_found' })
  const failure = await failureOf(scene.port.edit(scene.thread, ref, cardMessage({ costMicroUsd: 1 })))
  expect(failure.kind).toBe('not_found')
})

test('a word for one person is seen by that person alone', async () => {
  await using scene = await openWeather()
  await scene.post({ kind: 'notice', notice: { text: 'Only you.', onlyFor: scene.person.id } })
  expect(scene.posts()).toEqual([])
  expect(scene.slack.callsTo('chat.postEphemeral')).toHaveLength(1)
})

test('the session beside the thread follows the job', async () => {
  await using scene = await openWeather()
  const ref = await scene.post(cardMessage())
  await scene.port.edit(scene.thread, ref, cardMessage({ state: 'suspended', reason: 'question' }))
  await scene.port.edit(scene.thread, ref, cardMessage({ state: 'done', endedAtMs: 1 }))
  expect(scene.team.sessions().map(({ history }) => history)).toEqual([['processing', 'suspended', 'active']])
})

test('while a job runs without news its session is renewed, at most once in ninety seconds, and its card left alone', async () => {
  await using scene = await openWeather()
  const ref = await scene.post(cardMessage())
  const look = () => scene.port.edit(scene.thread, ref, cardMessage())
  for (let seconds = 0; seconds < 600; seconds += 30) {
    scene.slack.pass(30_000)
    await look()
  }
  expect(scene.port.renewEveryMs).toBeLessThanOrEqual(30_000)
  expect(scene.slack.callsTo('agents.sessions.setStatus')).toHaveLength(1 + Math.floor(600 / 90))
  expect(scene.slack.callsTo('chat.update').length).toBeLessThanOrEqual(1)
  await scene.port.edit(scene.thread, ref, cardMessage({ state: 'done', endedAtMs: 1 }))
  const ended = scene.slack.callsTo('agents.sessions.setStatus').length
  scene.slack.pass(600_000)
  await scene.port.edit(scene.thread, ref, cardMessage({ state: 'done', endedAtMs: 1 }))
  expect(scene.slack.callsTo('agents.sessions.setStatus')).toHaveLength(ended)
})

test('without the permission for sessions nobody asks for one', async () => {
  await using scene = await openWeather()
  const scopes = scene.install.scopes.filter((scope) => scope !== 'assistant:write')
  const accessOf = async () => ({ botToken: scene.install.botToken, scopes })
  const port = await scene.openPort({ accessOf })
  const ref = await port.post(scene.thread, cardMessage(), { nonce: 'n' })
  scene.slack.pass(120_000)
  await port.edit(scene.thread, ref, cardMessage())
  expect(scene.slack.callsTo('agents.sessions.setStatus')).toEqual([])
})

test('an edit whose blocks are refused goes as plain text, cut where it is seen to be', async () => {
  await using scene = await openWeather()
  const ref = await scene.post(cardMessage())
  const rows = Array.from({ length: 20 }, (_, index) =>
    cardRow({ title: `Region ${index} <!here>`, state: 'running', activity: 'counting '.repeat(40) }),
  )
  scene.slack.faults.next('chat.update', { error: 'msg_blocks_too_long' })
  await scene.port.edit(scene.thread, ref, cardMessage({ rows }))
  const [post, ...others] = scene.posts()
  expect(others).toEqual([])
  expect(post?.text).toContain('Region 0 <!here>')
  expect(post?.text).toMatch(/…$/u)
  expect(post?.pings).toEqual([])
  await scene.port.edit(scene.thread, ref, cardMessage())
  expect(scene.texts().join()).toContain('January')
})

test('an app without sessions works without them, and asks once', async () => {
  await using scene = await openWeather()
  scene.slack.faults.next('agents.sessions.setStatus', { error: 'unknown_method' })
  const ref = await scene.post(cardMessage())
  await scene.port.edit(scene.thread, ref, cardMessage({ state: 'suspended', reason: 'question' }))
  expect(scene.slack.callsTo('agents.sessions.setStatus')).toHaveLength(1)
})

test('an app that may read a page a minute finds what it posted all the same', async () => {
  await using scene = await openWeather({ limitedHistory: true })
  scene.slack.faults.next('chat.postMessage', { dropReply: true })
  await failureOf(scene.post(noticeMessage('Hello.')))
  for (let count = 0; count < 40; count += 1)
    scene.person.says(scene.room.id, { text: `Chatter ${count}`, threadTs: scene.root })
  const other = await scene.openPort()
  const again = (): Promise<unknown> =>
    other.post(scene.thread, noticeMessage('Hello.'), { nonce: 'n', mayBeShown: true }).catch((thrown) => {
      expect(thrown).toMatchObject({ kind: 'rate_limited' })
      scene.slack.pass(60_000)
      return again()
    })
  await again()
  expect(scene.texts().filter((text) => text === 'Hello.')).toHaveLength(1)
})
