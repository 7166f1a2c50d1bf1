import { MessageFlags } from 'discord.js'
import { expect, test } from 'vitest'
import {
  answerFile,
  answerMessage,
  cardMessage,
  cardRow,
  idOf,
  noticeMessage,
} from '../../../contracts/messages.ts'
import { failureOf, openWeather } from '../support/weather.ts'

const posting = 'POST /channels/:channel/messages'
const editing = 'PATCH /channels/:channel/messages/:message'

test('a refusal for the rate says how long to wait, and nothing is sent before', async () => {
  await using scene = await openWeather()
  scene.ada.opensThread(scene.channel.id, 'Brief', scene.root)
  scene.discord.faults.next(posting, { status: 429, retryAfterS: 30 })
  const first = await failureOf(scene.post(noticeMessage('Hello.')))
  expect(first).toMatchObject({ kind: 'rate_limited', retryable: true })
  expect(first.retryAfterMs).toBeGreaterThanOrEqual(30_000)
  const second = await failureOf(scene.post(noticeMessage('Hello.')))
  expect(second.retryAfterMs).toBeGreaterThan(20_000)
  expect(scene.discord.callsTo(posting)).toHaveLength(1)
  scene.discord.pass(31_000)
  await scene.post(noticeMessage('Hello.'))
  expect(scene.texts()).toEqual(['Hello.'])
})

test.each([
  ['within the minutes of a nonce', 0],
  ['hours later', 5 * 3_600_000],
])('a post whose reply was lost is found by another process %s, and not posted again', async (_, laterMs) => {
  await using scene = await openWeather()
  scene.ada.opensThread(scene.channel.id, 'Brief', scene.root)
  scene.discord.faults.next(posting, { dropReply: true })
  const failure = await failureOf(scene.post(cardMessage()))
  expect(failure).toMatchObject({ kind: 'unavailable', retryable: true })
  scene.discord.pass(laterMs)
  const other = await scene.openPort()
  const ref = await other.post(scene.thread, cardMessage(), { nonce: 'n', mayBeShown: true })
  expect(scene.posts()).toHaveLength(1)
  await other.edit(scene.thread, ref, cardMessage({ title: 'Found again' }))
  expect(scene.texts().join()).toContain('Found again')
  expect(scene.posts()).toHaveLength(1)
})

test('a post whose reply was lost is found by the same process, which was not told so', async () => {
  await using scene = await openWeather()
  scene.ada.opensThread(scene.channel.id, 'Brief', scene.root)
  scene.discord.faults.next(posting, { dropReply: true })
  await failureOf(scene.post(noticeMessage('Hello.')))
  scene.discord.pass(3_600_000)
  await scene.post(noticeMessage('Hello.'))
  expect(scene.texts()).toEqual(['Hello.'])
})

test('a call that never reached Discord is posted on the next try', async () => {
  await using scene = await openWeather()
  scene.discord.faults.next(posting, { dropCall: true })
  await failureOf(scene.post(noticeMessage('Hello.')))
  await scene.post(noticeMessage('Hello.'))
  expect(scene.texts()).toEqual(['Hello.'])
})

test('a long answer that broke off goes on with its next message, and with its next files', async () => {
  await using scene = await openWeather()
  scene.ada.opensThread(scene.channel.id, 'Brief', scene.root)
  const lines = Array.from(
    { length: 160 },
    (_, index) => `Line ${index + 1000} of the answer, with many words in it.`,
  )
  const files = Array.from({ length: 13 }, (_, index) =>
    answerFile(`final/part ${index}.csv`, {
      read: async () => (await import('node:stream')).Readable.from([Buffer.from(`file ${index}`)]),
    }),
  )
  const answer = answerMessage({ markdown: lines.join('\n\n'), files })
  scene.discord.faults.next(posting, { delayMs: 0 })
  scene.discord.faults.next(posting, { status: 503 })
  await failureOf(scene.post(answer))
  expect(scene.posts()).toHaveLength(1)
  scene.discord.faults.next(posting, { delayMs: 0 }, scene.posts().length + 2)
  scene.discord.faults.next(posting, { dropReply: true })
  await failureOf(scene.post(answer))
  const other = await scene.openPort()
  await other.post(scene.thread, answer, { nonce: 'n', mayBeShown: true })
  const read = scene
    .texts()
    .join('\n')
    .match(/Line \d{4}/gu)
  expect(read).toEqual(lines.map((_, index) => `Line ${index + 1000}`))
  const shown = scene.posts().flatMap((post) => post.files.filter(({ visible }) => visible))
  expect(shown.map(({ name }) => name)).toEqual(files.map((_, index) => `part_${index}.csv`))
  expect(shown.map(({ bytes }) => bytes.toString())).toEqual(files.map((_, index) => `file ${index}`))
})

test('every message names nobody, shows no preview and can be told apart from every other', async () => {
  await using scene = await openWeather()
  await scene.post(cardMessage(), 'card')
  await scene.post(noticeMessage('@everyone https://example.com'), 'notice')
  const { id } = scene.discord.bot
  const sent = scene.discord.callsTo(posting).filter(({ status }) => status === 200)
  for (const { body } of sent) {
    expect(body).toMatchObject({ allowed_mentions: { parse: [] }, enforce_nonce: true })
    expect((body as { flags: number }).flags & MessageFlags.SuppressEmbeds).toBeTruthy()
    expect((body as { nonce: string }).nonce.length).toBeLessThanOrEqual(25)
  }
  expect(new Set(sent.map(({ body }) => (body as { nonce: string }).nonce)).size).toBe(2)
  expect(
    scene.posts().flatMap(({ mentions, pings, previews }) => [...mentions, ...pings, ...previews]),
  ).toEqual([])
  expect(scene.posts().every(({ authorId }) => authorId === id)).toBe(true)
})

test('of many edits at once the newest is shown, few are sent, and one that changes nothing is none', async () => {
  await using scene = await openWeather({ limits: { scale: 1 } })
  const ref = await scene.post(cardMessage())
  const rows = (found: number) => [
    cardRow({ title: 'March', state: 'running', activity: `found ${found} things` }),
  ]
  await Promise.all(
    Array.from({ length: 30 }, (_, found) =>
      scene.port.edit(scene.thread, ref, cardMessage({ rows: rows(found) })),
    ),
  )
  expect(scene.texts().join()).toContain('found 29 things')
  const sent = scene.discord.callsTo(editing).length
  expect(sent).toBeLessThanOrEqual(3)
  await scene.port.edit(scene.thread, ref, cardMessage({ rows: rows(29) }))
  expect(scene.discord.callsTo(editing)).toHaveLength(sent)
  expect(scene.discord.calls.some(({ status }) => status === 429)).toBe(false)
})

test('a card older than an hour moves seldom, and its end is shown at once', async () => {
  await using scene = await openWeather()
  const ref = await scene.post(cardMessage())
  scene.discord.pass(2 * 3_600_000)
  for (let found = 0; found < 5; found += 1) {
    await scene.port.edit(scene.thread, ref, cardMessage({ costMicroUsd: 10_000 * (found + 1) }))
    scene.discord.pass(2_000)
  }
  expect(scene.discord.callsTo(editing)).toHaveLength(1)
  scene.discord.pass(30_000)
  await scene.port.edit(scene.thread, ref, cardMessage({ costMicroUsd: 70_000 }))
  expect(scene.texts().join()).toContain('$0.07 of')
  await scene.port.edit(scene.thread, ref, cardMessage({ state: 'done', endedAtMs: 1, costMicroUsd: 90_000 }))
  expect(scene.texts().join()).toContain('$0.09 of')
})

test('typing is shown while a job works, no oftener than it has to be, and not while it waits', async () => {
  await using scene = await openWeather()
  const typing = () => scene.discord.callsTo('POST /channels/:channel/typing').length
  const ref = await scene.post(cardMessage())
  expect(typing()).toBe(1)
  await scene.port.edit(scene.thread, ref, cardMessage({ costMicroUsd: 1_000_000 }))
  expect(typing()).toBe(1)
  scene.discord.pass(9_000)
  await scene.port.edit(scene.thread, ref, cardMessage({ costMicroUsd: 1_000_000 }))
  expect(typing()).toBe(2)
  scene.discord.pass(9_000)
  await scene.port.edit(scene.thread, ref, cardMessage({ state: 'suspended', reason: 'question' }))
  expect(typing()).toBe(2)
})

test('an answer of more than four messages is its beginning, and the whole of it in a file', async () => {
  await using scene = await openWeather()
  const markdown = Array.from({ length: 600 }, (_, index) => `Line ${index + 1000} of the **answer**.`).join(
    '\n\n',
  )
  await scene.post(answerMessage({ markdown }))
  const [only, ...others] = scene.posts()
  expect(others).toEqual([])
  expect(only?.text).toContain('Line 1000 of the answer.')
  expect(only?.text).toContain('The whole answer is in the file answer.md.')
  expect(only?.text).toContain('5 agents · 31 steps')
  expect(only?.files.map(({ bytes, name, visible }) => [name, visible, bytes.toString()])).toEqual([
    ['answer.md', true, markdown],
  ])
})

test('components that Discord refuses go as text, and no word is lost', async () => {
  await using scene = await openWeather()
  scene.ada.opensThread(scene.channel.id, 'Brief', scene.root)
  scene.discord.faults.next(posting, { status: 400, code: 50_035, message: 'Invalid Form Body' })
  const markdown = `${'word '.repeat(700)}\n\n**end** @everyone`
  const ref = await scene.post(answerMessage({ markdown }))
  const text = scene.texts().join(' ')
  expect(text.match(/word/gu)).toHaveLength(700)
  expect(text).toContain('end @everyone')
  expect(text).toContain('5 agents · 31 steps')
  expect(scene.posts().every(({ isSecondComponents }) => !isSecondComponents)).toBe(true)
  expect(scene.posts().flatMap(({ mentions, pings }) => [...mentions, ...pings])).toEqual([])
  expect(await scene.post(answerMessage({ markdown }))).toBe(ref)
})

test('where Loom may not attach files the whole answer is posted, and the files are links', async () => {
  await using scene = await openWeather()
  scene.guild.overwrite(scene.channel.id, { id: scene.guild.everyone, deny: ['AttachFiles'] })
  scene.guild.setBotPermissions([
    'ViewChannel',
    'SendMessages',
    'SendMessagesInThreads',
    'CreatePublicThreads',
    'ReadMessageHistory',
  ])
  const markdown = Array.from({ length: 600 }, (_, index) => `Line ${index + 1000} of the answer.`).join(
    '\n\n',
  )
  const { Readable } = await import('node:stream')
  const file = answerFile('final/a.csv', {
    url: 'https://loom.example/a/1',
    read: async () => Readable.from(['a']),
  })
  await scene.post(answerMessage({ markdown, files: [file] }))
  const text = scene.texts().join('\n')
  expect(text.match(/Line \d{4}/gu)).toHaveLength(600)
  expect(text).toContain(
    'Loom lacks the permission to attach files here. The links open the files all the same.',
  )
  expect(scene.posts().flatMap(({ files }) => files)).toEqual([])
  expect(scene.posts().flatMap(({ links }) => links)).toEqual([
    { label: 'final/a.csv', url: 'https://loom.example/a/1' },
  ])
})

test('pictures are seen, files have names that Discord keeps, and one that is too large says so', async () => {
  await using scene = await openWeather({ uploadLimitOf: async () => ({ bytes: 1_000 }) })
  const { Readable } = await import('node:stream')
  const read = async () => Readable.from(['bytes'])
  const given = [
    { path: 'final/été à Paris.csv', bytes: 5, read },
    { path: 'final/other/été à Paris.csv', bytes: 5, read },
    { path: 'final/chart.png', bytes: 5, mediaType: 'image/png', read },
    { path: 'final/video.mp4', bytes: 2_000, read },
    { path: 'final/empty.txt', bytes: 0, read },
  ]
  const files = given.map((file) => answerFile(file.path, { ...file, artifactId: idOf(file.path) }))
  await scene.post(answerMessage({ files }))
  const shown = scene.posts().flatMap((post) => post.files)
  expect(shown.map(({ name, visible }) => [name, visible])).toEqual([
    ['ete_a_Paris.csv', true],
    ['2-ete_a_Paris.csv', true],
    ['chart.png', true],
  ])
  expect(shown.map(({ description }) => description)).toContain('final/été à Paris.csv')
  expect(scene.texts().join()).toContain('not uploaded: Discord takes at most 1 KB here')
  expect(scene.texts().join()).toContain('not uploaded: Discord takes no file that is empty')
})

test('a revoked installation has no port any more, and others have', async () => {
  await using scene = await openWeather()
  const gone = new Set<string>()
  const ports = scene.openPorts({ isInstalled: async ({ installationId }) => !gone.has(installationId) })
  const other = { tenantId: idOf('other tenant'), installationId: idOf('other') }
  await ports.portFor(scene.installation)
  gone.add(scene.installation.installationId)
  scene.discord.pass(61_000)
  expect(await failureOf(ports.portFor(scene.installation))).toMatchObject({
    kind: 'forbidden',
    retryable: false,
  })
  expect((await ports.portFor(other)).platform).toBe('discord')
})
