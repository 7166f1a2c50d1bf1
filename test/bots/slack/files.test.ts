import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { answerFile, answerMessage } from '../../contracts/messages.ts'
import { failureOf, openWeather } from './support/weather.ts'

const file = (path: string, text: string) =>
  answerFile(path, {
    bytes: Buffer.byteLength(text),
    url: `https://loom.example/a/1?k=${path.length}`,
    read: async () => Readable.from([Buffer.from(text)]),
  })

test('files come as one message below the answer, and not twice when their reply was lost', async () => {
  await using scene = await openWeather()
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
  await using scene = await openWeather({ reinstallUrl: 'https://loom.example/slack/install' })
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
  await using scene = await openWeather()
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
  await using scene = await openWeather()
  const message = answerMessage({ files: [file('final/report.md', '# Report')] })
  scene.slack.faults.next('upload', { status: 503 })
  expect(await failureOf(scene.post(message))).toMatchObject({ retryable: true })
  scene.slack.faults.next('upload', { status: 413 })
  await scene.post(message)
  expect(scene.texts()).toHaveLength(2)
  expect(scene.texts()[1]).toContain('Slack refused them')
})

test('an answer too long for a thread is its beginning and a file that holds all of it', async () => {
  await using scene = await openWeather()
  const markdown = Array.from(
    { length: 2_000 },
    (_, index) => `Line ${index + 1000} of the answer, with words.\n\n`,
  ).join('')
  await scene.post(answerMessage({ markdown }))
  expect(scene.posts()).toHaveLength(2)
  expect(scene.texts()[0]).toContain('The whole answer is in the file answer.md.')
  expect(scene.posts()[1]?.files[0]?.bytes.toString()).toBe(markdown)
})

test.each([240, 900])('an answer of %i points is read to its last one', async (points) => {
  await using scene = await openWeather()
  const point = (index: number) => `- Point ${index + 1000}: what was found there.`
  const markdown = ['# Findings', '', ...Array.from({ length: points }, (_, index) => point(index))].join(
    '\n',
  )
  await scene.post(answerMessage({ markdown }))
  const seen = new Set(
    scene
      .texts()
      .join('\n')
      .match(/Point \d{4}/gu),
  )
  expect(seen.size).toBe(points)
})

test('an answer too long for a thread is whole in it where no file can be uploaded', async () => {
  await using scene = await openWeather()
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

test('the message with the files says what they belong to, and pings nobody', async () => {
  await using scene = await openWeather()
  const files = [file('final/report.md', '# Report')]
  await scene.post(answerMessage({ files, title: 'Churn <!channel> & price' }))
  expect(scene.posts()[1]).toMatchObject({ text: 'Files of “Churn <!channel> & price”', pings: [] })
})

test.each(['', 'See https://evil.example/x', '*Bold* :tada:'])(
  'where its title would not stay words, the message with the files says less: %j',
  async (title) => {
    await using scene = await openWeather()
    await scene.post(answerMessage({ files: [file('final/report.md', '# Report')], title }))
    expect(scene.texts()[1]).toBe('Files of the answer above')
    expect(scene.posts()[1]?.previews).toEqual([])
  },
)

test('files that Slack does not take are linked and said to be, and the others are uploaded', async () => {
  await using scene = await openWeather()
  const files = [file('final/report.md', '# Report'), file('final/empty.csv', '')]
  await scene.post(answerMessage({ files }))
  const [text, uploaded] = scene.posts()
  expect(text?.text).toContain('not uploaded: Slack takes no file that is empty')
  expect(uploaded?.files.map(({ title }) => title)).toEqual(['report.md'])
})

test('a long answer whose file is refused goes on below its beginning, each line once, also on a second try', async () => {
  await using scene = await openWeather()
  const markdown = Array.from(
    { length: 2_000 },
    (_, index) => `Line ${index + 1000} of the answer, with words.\n\n`,
  ).join('')
  const message = answerMessage({ markdown })
  scene.slack.faults.next('upload', { status: 413 })
  // The beginning and the word of the refusal are taken, what comes then is not.
  scene.slack.faults.next('chat.postMessage', { delayMs: 0 })
  scene.slack.faults.next('chat.postMessage', { delayMs: 0 })
  scene.slack.faults.next('chat.postMessage', { status: 503 })
  expect(await failureOf(scene.post(message))).toMatchObject({ retryable: true })
  scene.slack.faults.removeScope(scene.install.botToken, 'files:write')
  const other = await scene.openPort()
  await other.post(scene.thread, message, { nonce: 'n', mayBeShown: true })
  const read = scene.texts().join('\n')
  expect(read.match(/Line \d{4}/gu)).toEqual(
    Array.from({ length: 2_000 }, (_, index) => `Line ${index + 1000}`),
  )
  expect(read.match(/The answer goes on here\./gu)).toHaveLength(1)
})
