import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLinks } from '../../src/core/links.ts'
import { revokeLinks } from '../../src/storage/artifacts/change.ts'
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
