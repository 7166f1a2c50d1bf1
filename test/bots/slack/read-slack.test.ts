import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFileFetcher } from '../../../src/bots/slack/read/fetch-file.ts'
import { threadId } from '../../../src/core/thread-id.ts'
import { openSlackBed, type SlackBed } from './support/slack-bed.ts'

let bed: SlackBed
beforeAll(async () => {
  bed = await openSlackBed()
})
afterAll(() => bed.close())

type Place = Awaited<ReturnType<SlackBed['workspace']>>
const signal = new AbortController().signal
const readThread = async ({ account, channel }: Place, ts: string, untilMs = Date.now() + 60_000_000) => {
  const thread = threadId('slack', channel.id, ts)
  return (await bed.slack.readThread({ ...account, thread, untilMs, signal })).messages
}
const fetchFile = ({ account }: Place, source: string, limitBytes = 1_000_000) =>
  bed.slack.fetchFile({
    ...account,
    ...{ source, limitBytes, signal },
    objects: bed.store.objects,
    key: (sha256) => `${account.tenantId}/job/blobs/${sha256}`,
  })
const idOf = (place: Place, name: string) => place.team.files().find((file) => file.name === name)?.id ?? ''

test('a thread is read with names, files, alerts of bots and edits, without Loom’s own words', async () => {
  const place = await bed.workspace()
  const { ana, channel, install, team } = place
  const ben = team.addUser({ name: 'Ben' })
  const pager = team.addBot({ name: 'Pager' })
  channel.invite(ben)
  channel.invite(pager)
  const root = ana.says(channel.id, { text: 'numbers', files: [{ name: 'jan.csv', content: 'a\n1\n' }] })
  const reply = ben.says(channel.id, { text: `${ana.mention} wrong`, threadTs: root.ts })
  ben.edits(reply, `${ana.mention} right`)
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'disk full' } }]
  pager.says(channel.id, { attachments: [{ blocks }], threadTs: root.ts })
  channel.posted(install, { text: 'my own', threadTs: root.ts })
  const gone = ben.says(channel.id, { text: 'oops', threadTs: root.ts })
  ben.deletes(gone)
  const messages = await readThread(place, root.ts)
  expect(
    messages.map(({ author, files, text }) => [
      author.kind,
      author.name,
      text,
      files.map(({ name }) => name),
    ]),
  ).toEqual([
    ['person', 'Ana', 'numbers', ['jan.csv']],
    ['person', 'Ben', '@Ana right', []],
    ['bot', 'Pager', 'disk full', []],
  ])
  expect(messages[0]?.key).toBe(`slack:${team.id}:${channel.id}:${root.ts}`)
})

test('a long thread is read page by page, and goes on where Slack asked for patience', async () => {
  const slow = await openSlackBed({ slack: { limits: true, limitedHistory: true } })
  try {
    const { account, ana, channel } = await slow.workspace()
    const root = ana.says(channel.id, 'start')
    for (let at = 0; at < 39; at += 1) ana.says(channel.id, { text: `n${at}`, threadTs: root.ts })
    const thread = threadId('slack', channel.id, root.ts)
    const read = () =>
      slow.slack.readThread({ ...account, thread, untilMs: slow.fake.now() + 600_000, signal })
    const patience = { kind: 'rate_limited', retryable: true, retryAfterMs: expect.any(Number) }
    await expect(read()).rejects.toMatchObject(patience)
    slow.fake.pass(61_000)
    await expect(read()).rejects.toMatchObject(patience)
    slow.fake.pass(61_000)
    const { messages } = await read()
    expect(messages.map(({ text }) => text)).toEqual([
      'start',
      ...Array.from({ length: 39 }, (_, at) => `n${at}`),
    ])
    const calls = slow.fake.callsTo('conversations.replies').filter(({ outcome }) => outcome === 'ok')
    expect(calls).toHaveLength(3)
    expect(calls.every(({ args }) => String(args.limit) === '15')).toBe(true)
  } finally {
    await slow.close()
  }
})

test('what a link points at is taken from public places and the same channel, and from nowhere more private', async () => {
  const place = await bed.workspace()
  const { ana, channel, install, team } = place
  const open = team.addChannel({ name: 'open', members: [ana, install] })
  const secret = team.addChannel({ name: 'secret', isPrivate: true, members: [ana, install] })
  const said = [open, secret, channel].map((room) => ana.says(room.id, `words in ${room.name}`))
  const links = said.map(({ permalink }) => `<${permalink}>`).join(' ')
  const root = ana.says(channel.id, `see ${links}`)
  const messages = await readThread(place, root.ts)
  const whole = messages.map(({ text }) => text).join('\n')
  expect(whole).toContain('words in open')
  expect(whole).toContain('words in launch')
  expect(whole).not.toContain('words in secret')
  expect(whole).toContain(
    `did not take what ${said[1]?.permalink} points at: it stands in another place that is not public`,
  )
})

test('a file comes into the store under its hash, and nothing is left behind', async () => {
  const place = await bed.workspace()
  const content = Buffer.from('a,b\n1,2\n'.repeat(1_000))
  place.ana.says(place.channel.id, { text: 'x', files: [{ name: 'big.csv', content }] })
  const fetched = await fetchFile(place, idOf(place, 'big.csv'))
  expect(fetched.bytes).toBe(content.length)
  const kept = await bed.store.objects.get(`${place.account.tenantId}/job/blobs/${fetched.sha256}`)
  expect(Buffer.from(kept)).toEqual(content)
  await expect(fetchFile(place, idOf(place, 'big.csv'), 100)).rejects.toMatchObject({
    kind: 'too_large',
    message: expect.stringContaining('big.csv has 8 KB'),
  })
  await expect(fetchFile(place, 'F0NOSUCH')).rejects.toMatchObject({ kind: 'not_found' })
  expect((await readdir(tmpdir())).filter((name) => name.startsWith('loom-slack-'))).toEqual([])
})

test('without the permission the person is told what to do, not given Slack’s page for signing in', async () => {
  const place = await bed.workspace()
  place.ana.says(place.channel.id, { text: 'x', files: [{ name: 'a.csv', content: 'a\n' }] })
  bed.fake.faults.removeScope(place.install.botToken, 'files:read')
  await expect(fetchFile(place, idOf(place, 'a.csv'))).rejects.toMatchObject({
    kind: 'forbidden',
    message: expect.stringMatching(/files:read at http:\/\/loom\.test\/slack\/install/),
  })
})

test('the token goes to no other host than Slack’s, by no redirect either; a page for signing in is no file', async () => {
  const asked: (string | undefined)[] = []
  const elsewhere = createServer((request, response) => {
    asked.push(request.headers.authorization)
    response.end('stolen')
  })
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
  const evil = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/x`
  let answer: { status: number; headers: Record<string, string>; body: string } | undefined
  let file: Record<string, unknown> = {}
  const slackish = createServer((request, response) => {
    if (request.url?.startsWith('/api/')) {
      response.setHeader('content-type', 'application/json')
      return response.end(JSON.stringify({ ok: true, file }))
    }
    response.writeHead(answer?.status ?? 200, answer?.headers)
    return response.end(answer?.body)
  })
  await new Promise<void>((resolve) => slackish.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(slackish.address() as AddressInfo).port}`
  const { createSlackClients } = await import('../../../src/bots/slack/clients.ts')
  const apiUrl = `${origin}/api/`
  const place = await bed.workspace()
  const fetcher = createFileFetcher({
    clients: createSlackClients({ store: bed.store, apiUrl, log: bed.store.log }),
    apiUrl,
  })
  const get = () =>
    fetcher({
      ...place.account,
      source: 'F01',
      objects: bed.store.objects,
      key: (hash) => `x/y/blobs/${hash}`,
      limitBytes: 1_000,
      signal,
    })
  const base = { id: 'F01', name: 'a.csv', mimetype: 'text/csv' }
  file = { ...base, url_private_download: evil }
  await expect(get()).rejects.toMatchObject({ kind: 'forbidden' })
  file = { ...base, url_private_download: 'https://slack.com.evil.test/x' }
  await expect(get()).rejects.toMatchObject({ kind: 'forbidden' })
  file = { ...base, url_private_download: `${origin}/files/a` }
  answer = { status: 302, headers: { location: evil }, body: '' }
  await expect(get()).rejects.toMatchObject({ kind: 'forbidden' })
  answer = {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: '<html>Sign in</html>',
  }
  await expect(get()).rejects.toMatchObject({
    kind: 'forbidden',
    message: expect.stringContaining('did not hand out a.csv'),
  })
  answer = { status: 200, headers: { 'content-type': 'text/csv' }, body: 'x'.repeat(5_000) }
  await expect(get()).rejects.toMatchObject({ kind: 'too_large' })
  file = { ...base, size: 10, url_private_download: `${origin}/files/a` }
  answer = { status: 200, headers: { 'content-type': 'text/csv' }, body: 'short' }
  await expect(get()).rejects.toMatchObject({ kind: 'unavailable', retryable: true })
  expect(asked).toEqual([])
  for (const each of [elsewhere, slackish]) each.close()
})
