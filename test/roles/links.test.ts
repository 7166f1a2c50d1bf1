import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLinks } from '../../src/core/links.ts'
import type { ThreadId } from '../../src/core/thread-id.ts'
import { revokeLinks } from '../../src/storage/artifacts/change.ts'
import { changeInstallation } from '../../src/storage/installations/change.ts'
import { createWebApp } from '../../src/web/app.ts'
import { silentLog } from '../support/store.ts'
import { call, openSwarm, type Person, plan, type Swarm, say, scriptedModel } from '../swarm/swarm-bed.ts'

let swarm: Swarm
let person: Person
let artifactId: string
const name = 'final/Übersicht "neu"; x=1.html'

beforeAll(async () => {
  swarm = await openSwarm()
  person = await swarm.person()
  const write = call('write', { path: 'final/other.md', content: 'x' })
  const model = scriptedModel({
    plan: [plan('one')],
    one: [
      { parts: [write, call('write', { path: name, content: '<script>alert(1)</script>' })] },
      say('Done.'),
    ],
  })
  await swarm.work(model)
  const answer = await person.answer(await person.ask('Write a page.'))
  artifactId = answer.files.find((file) => file.path === name)?.artifactId ?? ''
})
afterAll(() => swarm.close())

function webAt(clock: { nowMs: number }, key = randomBytes(32)) {
  const links = createLinks({ key, baseUrl: 'http://loom.test', now: () => clock.nowMs, ttlMs: 900_000 })
  const app = createWebApp({ store: swarm.store, objects: swarm.parts.objects, links, log: silentLog })
  return { app, links }
}

test('an artifact is a download under its own name, of which nothing is run, guessed or kept', async () => {
  const { app, links } = webAt({ nowMs: Date.now() })
  const response = await app.request(links.sign({ tenantId: person.account.tenantId, artifactId }))
  expect(response.status).toBe(200)
  expect(await response.text()).toBe('<script>alert(1)</script>')
  expect(response.headers.get('content-disposition')).toBe(
    `attachment; filename="_bersicht _neu_; x=1.html"; filename*=UTF-8''%C3%9Cbersicht%20%22neu%22%3B%20x%3D1.html`,
  )
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'cache-control': 'private, no-store',
    'content-length': '25',
    'content-security-policy': "default-src 'none'; sandbox",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  })
})

test('a link opens until its time is over, and not a millisecond longer', async () => {
  const clock = { nowMs: Date.now() }
  const { app, links } = webAt(clock)
  const url = links.sign({ tenantId: person.account.tenantId, artifactId })
  clock.nowMs += 899_999
  expect((await app.request(url)).status).toBe(200)
  clock.nowMs += 1
  const late = await app.request(url)
  expect([late.status, await late.text()]).toEqual([404, 'This link has expired. Ask for a new one.\n'])
})

test('a link of another key, tenant or artifact, and a key that is none, opens nothing', async () => {
  const clock = { nowMs: Date.now() }
  const { app, links } = webAt(clock)
  const { tenantId } = person.account
  const other = await swarm.person()
  const mine = new URL(links.sign({ tenantId, artifactId }))
  const elsewhere = webAt(clock).links.sign({ tenantId, artifactId })
  const moved = `/a/${swarm.store.newId()}?k=${mine.searchParams.get('k')}`
  for (const url of [
    elsewhere,
    moved,
    `/a/${artifactId}`,
    `/a/${artifactId}?k=`,
    `/a/${artifactId}?k=%00`,
    `/a/x?k=${'A'.repeat(51)}`,
  ]) {
    expect((await app.request(url)).status, url).toBe(403)
  }
  // Signed for the wrong tenant by Loom itself: behind the wall there is no such artifact.
  const wall = await app.request(links.sign({ tenantId: other.account.tenantId, artifactId }))
  expect(wall.status).toBe(404)
  const none = await app.request(links.sign({ tenantId, artifactId: swarm.store.newId() }))
  expect(none.status).toBe(404)
})

test('revoked links are closed, a new one opens', async () => {
  const clock = { nowMs: Date.now() - 1_000 }
  const { app, links } = webAt(clock)
  const { tenantId } = person.account
  const old = links.sign({ tenantId, artifactId })
  await revokeLinks(swarm.store, person.context, { artifactId })
  const response = await app.request(old)
  expect([response.status, await response.text()]).toEqual([
    404,
    'This file is no longer there, or its links were closed.\n',
  ])
  clock.nowMs = Date.now() + 1_000
  expect((await app.request(links.sign({ tenantId, artifactId }))).status).toBe(200)
})

const threadOf = async () => {
  const [row] = await swarm.bed.admin<{ address: ThreadId }[]>`
    select t.address from loom.artifacts a join loom.job_threads jt on jt.job_id = a.job_id
    join loom.threads t on t.id = jt.thread_id where a.id = ${artifactId}`
  if (!row) throw new Error('no thread')
  return row.address
}

test('a link made for a thread opens as long as there is the file, only while it belongs to that thread, and can be closed', async () => {
  const clock = { nowMs: Date.now() + 1_000 }
  const { app, links } = webAt(clock)
  const { tenantId } = person.account
  const thread = await threadOf()
  const url = links.sign({ tenantId, artifactId, thread })
  clock.nowMs += 80 * 86_400_000
  expect((await app.request(url)).status).toBe(200)
  const elsewhere = links.sign({ tenantId, artifactId, thread: 'slack:C1:1.1' })
  expect((await app.request(elsewhere)).status).toBe(404)
  clock.nowMs = Date.now() - 1_000
  const closed = links.sign({ tenantId, artifactId, thread })
  await revokeLinks(swarm.store, person.context, { artifactId })
  expect((await app.request(closed)).status).toBe(404)
})

test('whoever only previews a link gets a plain page: no file, no way to it, no word whether there is one', async () => {
  const { app, links } = webAt({ nowMs: Date.now() + 5_000 })
  const url = links.sign({ tenantId: person.account.tenantId, artifactId, thread: await threadOf() })
  const agents = [
    'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
    'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)',
    'Twitterbot/1.0',
    'facebookexternalhit/1.1',
  ]
  const looks = [
    ...agents.map((agent) => ({ headers: { 'user-agent': agent } })),
    { headers: { 'sec-purpose': 'prefetch;prerender' } },
    { headers: { purpose: 'prefetch' } },
    { method: 'HEAD' },
  ]
  const words = 'A file that Loom wrote. Open the link in a browser to get it.\n'
  for (const look of looks) {
    for (const address of [url, `${url}x`]) {
      const response = await app.request(address, look)
      expect([response.status, response.headers.get('location')], JSON.stringify(look)).toEqual([200, null])
      expect(await response.text()).toBe('method' in look ? '' : words)
    }
  }
  const browser = {
    headers: {
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36',
    },
  }
  expect(await (await app.request(url, browser)).text()).toBe('<script>alert(1)</script>')
})

test('where the workspace asks for sign-in, a link of a chat says so and opens nothing', async () => {
  const { app, links } = webAt({ nowMs: Date.now() + 5_000 })
  const { installationId, tenantId } = person.account
  await changeInstallation(swarm.store, person.context, { installationId, change: { linksNeedSignIn: true } })
  const response = await app.request(links.sign({ tenantId, artifactId, thread: await threadOf() }))
  expect([response.status, await response.text()]).toEqual([401, expect.stringContaining('signed in')])
  await changeInstallation(swarm.store, person.context, {
    installationId,
    change: { linksNeedSignIn: false },
  })
})
