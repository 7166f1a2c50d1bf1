import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import type { OutMessage } from '../../../src/core/chat.ts'
import { LoomError } from '../../../src/core/errors.ts'
import { answerFile, answerMessage, cardMessage, cardRow, noticeMessage } from '../../contracts/messages.ts'
import { slackScene } from './support/scene.ts'

const file = (path: string, text: string) =>
  answerFile(path, {
    bytes: Buffer.byteLength(text),
    url: `https://loom.example/a/1?k=${path.length}`,
    read: async () => Readable.from([Buffer.from(text)]),
  })

async function failureOf(work: Promise<unknown>): Promise<LoomError> {
  const failure: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (failure instanceof LoomError) return failure
  throw new Error(`expected a LoomError, got ${String(failure)}`)
}

test('a refusal for the rate says how long to wait, and nothing is sent before', async () => {
  await using scene = await open()
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
  await using scene = await open()
  scene.slack.faults.next('chat.postMessage', { dropReply: true })
  const failure = await failureOf(scene.post(noticeMessage('Hello.')))
  expect(failure).toMatchObject({ kind: 'unavailable', retryable: true })
  const other = await scene.openPort()
  await other.post(scene.thread, noticeMessage('Hello.'), { nonce: 'n', mayBeShown: true })
  expect(scene.texts()).toEqual(['Hello.'])
})

test('a post whose reply was lost is found by the same process, which was not told so', async () => {
  await using scene = await open()
  scene.slack.faults.next('chat.postMessage', { dropReply: true })
  await failureOf(scene.post(noticeMessage('Hello.')))
  await scene.post(noticeMessage('Hello.'))
  expect(scene.texts()).toEqual(['Hello.'])
})

test('a call that never reached Slack is posted on the next try', async () => {
  await using scene = await open()
  scene.slack.faults.next('chat.postMessage', { dropCall: true })
  await failureOf(scene.post(noticeMessage('Hello.')))
  await scene.post(noticeMessage('Hello.'))
  expect(scene.texts()).toEqual(['Hello.'])
})

test('a long answer that broke off goes on with its next message', async () => {
  await using scene = await open()
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
  await using scene = await open()
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
  ['the channel is archived', (scene: Scene) => scene.room.archive(), /archived/],
  [
    'Loom was removed from the channel',
    (scene: Scene) => scene.room.kick(scene.install),
    /not in that channel/,
  ],
  ['the channel is gone', (scene: Scene) => scene.room.delete(), /can no longer see/],
])('when %s it is given up for good, and whoever asked is told once', async (_, happen, words) => {
  await using scene = await open()
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
  await using scene = await open()
  const dm = scene.team.openDm(scene.person)
  scene.person.deletes({ ts: scene.root, channel: scene.room.id })
  const failure = await failureOf(scene.post(answerMessage()))
  expect(failure.retryable).toBe(false)
  expect(dm.messages()[0]?.text).toContain('deleted')
})

test('a token that was revoked is final, and the next port asks for a token anew', async () => {
  await using scene = await open()
  scene.slack.faults.revoke(scene.install.botToken)
  const failure = await failureOf(scene.post(noticeMessage('Hello.')))
  expect(failure).toMatchObject({ kind: 'forbidden', retryable: false })
  expect(failure.message).not.toContain('xoxb')
})

test('Slack may be away for ten minutes: everything is said once when it is back', async () => {
  await using scene = await open()
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

test('files come as one message below the answer, and not twice when their reply was lost', async () => {
  await using scene = await open()
  const message = answerMessage({
    files: [file('final/report.md', '# Report'), file('final/data/churn.csv', 'a,b\n1,2\n')],
  })
  scene.slack.faults.next('files.completeUploadExternal', { dropReply: true })
  await failureOf(scene.post(message))
  const other = await scene.openPort()
  await other.post(scene.thread, message, { nonce: 'n', mayBeShown: true })
  expect(scene.posts()).toHaveLength(2)
  const files = scene
    .posts()
    .flatMap((post) => post.files.map(({ bytes, title }) => [title, bytes.toString()]))
  expect(files).toEqual([
    ['report.md', '# Report'],
    ['data/churn.csv', 'a,b\n1,2\n'],
  ])
})

test('without the scope for files the answer says so, says where to grant it, and keeps its links', async () => {
  await using scene = await open({ reinstallUrl: 'https://loom.example/slack/install' })
  scene.slack.faults.removeScope(scene.install.botToken, 'files:write')
  const message = answerMessage({ files: [file('final/report.md', '# Report')] })
  const port = await scene.openPort()
  await port.post(scene.thread, message, { nonce: 'n' })
  const [post, ...others] = scene.posts()
  expect(others).toEqual([])
  expect(post?.text).toContain('files:write')
  expect(post?.links.map(({ url }) => url)).toEqual([
    'https://loom.example/slack/install',
    expect.stringContaining('https://loom.example/a/1'),
  ])
})

test('a scope that was there a moment ago is said below the answer', async () => {
  await using scene = await open()
  const scopes = [...scene.install.scopes]
  scene.slack.faults.removeScope(scene.install.botToken, 'files:write')
  const port = await scene.openPort({
    accessOf: async () => ({ botToken: scene.install.botToken, scopes }),
  })
  await port.post(scene.thread, answerMessage({ files: [file('final/report.md', '# Report')] }), {
    nonce: 'n',
  })
  expect(scene.texts()).toHaveLength(2)
  expect(scene.texts()[1]).toContain('files:write')
})

test('an upload that Slack refuses is said, and one that it cannot take now is tried again', async () => {
  await using scene = await open()
  const message = answerMessage({ files: [file('final/report.md', '# Report')] })
  scene.slack.faults.next('upload', { status: 503 })
  expect(await failureOf(scene.post(message))).toMatchObject({ retryable: true })
  scene.slack.faults.next('upload', { status: 413 })
  await scene.post(message)
  expect(scene.texts()).toHaveLength(2)
  expect(scene.texts()[1]).toContain('Slack refused them')
})

test('an answer too long for a thread is its beginning and a file that holds all of it', async () => {
  await using scene = await open()
  const markdown = Array.from(
    { length: 2_000 },
    (_, index) => `Line ${index + 1000} of the answer, with words.\n\n`,
  ).join('')
  await scene.post(answerMessage({ markdown }))
  expect(scene.posts()).toHaveLength(2)
  expect(scene.texts()[0]).toContain('The whole answer is in the file answer.md.')
  expect(scene.posts()[1]?.files[0]?.bytes.toString()).toBe(markdown)
})

test('an answer too long for a thread is whole in it where no file can be uploaded', async () => {
  await using scene = await open()
  scene.slack.faults.removeScope(scene.install.botToken, 'files:write')
  const markdown = Array.from(
    { length: 2_000 },
    (_, index) => `Line ${index + 1000} of the answer, with words.\n\n`,
  ).join('')
  await scene.post(answerMessage({ markdown }))
  const lines =
    scene
      .texts()
      .join('\n')
      .match(/Line \d{4}/gu) ?? []
  expect(lines).toHaveLength(2_000)
})

test('a card that changes fifty times at once is edited a few times and shows the last', async () => {
  await using scene = await open()
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
  await using scene = await open()
  const ref = await scene.post(cardMessage())
  scene.slack.faults.next('chat.update', { error: 'message_not_found' })
  const failure = await failureOf(scene.port.edit(scene.thread, ref, cardMessage({ costMicroUsd: 1 })))
  expect(failure.kind).toBe('not_found')
})

test('a word for one person is seen by that person alone', async () => {
  await using scene = await open()
  await scene.post({ kind: 'notice', notice: { text: 'Only you.', onlyFor: scene.person.id } })
  expect(scene.posts()).toEqual([])
  expect(scene.slack.callsTo('chat.postEphemeral')).toHaveLength(1)
})

test('the session beside the thread follows the job', async () => {
  await using scene = await open()
  const ref = await scene.post(cardMessage())
  await scene.port.edit(scene.thread, ref, cardMessage({ state: 'suspended', reason: 'question' }))
  await scene.port.edit(scene.thread, ref, cardMessage({ state: 'done', endedAtMs: 1 }))
  expect(scene.team.sessions().map(({ history }) => history)).toEqual([['processing', 'suspended', 'active']])
})

test('an app without sessions works without them, and asks once', async () => {
  await using scene = await open()
  scene.slack.faults.next('agents.sessions.setStatus', { error: 'unknown_method' })
  const ref = await scene.post(cardMessage())
  await scene.port.edit(scene.thread, ref, cardMessage({ state: 'suspended', reason: 'question' }))
  expect(scene.slack.callsTo('agents.sessions.setStatus')).toHaveLength(1)
})

type Scene = Awaited<ReturnType<typeof open>>

async function open(options: Parameters<typeof slackScene>[0] = {}) {
  const scene = await slackScene(options)
  return {
    ...scene,
    /** Under the one nonce of a test, which one process may use again. */
    post: (message: OutMessage) => scene.port.post(scene.thread, message, { nonce: 'n' }),
    texts: () => scene.posts().map(({ text }) => text),
    [Symbol.asyncDispose]: () => scene.close(),
  }
}
