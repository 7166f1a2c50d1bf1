import { expect, test, vi } from 'vitest'
import { call, plan, say, scriptedModel } from '../swarm/swarm-bed.ts'
import { asRead, comes, installByHand, isAnswer, openSlackPlace } from './slack-place.ts'

vi.setConfig({ testTimeout: 60_000 })

const claims = /attached|uploaded|below this|in the thread/i
const writes = () =>
  scriptedModel({
    plan: [plan('prices')],
    prices: [
      { parts: [call('write', { path: 'final/prices.csv', content: 'plan,price\nSolo,9\n' })] },
      say('Solo is the cheapest plan.'),
    ],
  })

test('files never arrive: an upload that Slack refuses for now comes all the same, once, and is not claimed before', async () => {
  await using place = await openSlackPlace({ model: writes() })
  const { slack } = place
  const { ana, install, loom, team } = await installByHand(place)
  const room = team.addChannel({ name: 'prices', members: [ana, install] })
  slack.faults.next('upload', { status: 500 })
  slack.faults.next('files.completeUploadExternal', { status: 503 })
  const root = ana.says(room.id, `${loom} Which plan is the cheapest?`)
  const answer = await comes(room, root.ts, isAnswer)
  expect(answer.text).not.toMatch(claims)
  expect(answer.links.map(({ url }) => url).join()).toContain(`${place.publicUrl}/a/`)
  await comes(room, root.ts, (each) => each.files.length > 0)
  const isConfirmed = async () => {
    const rows = await place.bed.admin`select state from loom.deliveries where state <> 'sent'`
    return rows.length === 0
  }
  await vi.waitUntil(isConfirmed, { timeout: 30_000, interval: 20 })
  const files = room.thread(root.ts).flatMap((each) => (each.who === 'Loom' ? each.files : []))
  expect(files.map(({ bytes, name }) => [name, bytes.toString()])).toEqual([
    ['prices.csv', 'plan,price\nSolo,9\n'],
  ])
  expect(room.thread(root.ts).filter(isAnswer)).toHaveLength(1)
})

test('files never arrive and nobody says why: without the permission the thread reads so, with the link to grant it', async () => {
  await using place = await openSlackPlace({ model: writes() })
  const { ana, install, loom, team } = await installByHand(place)
  const room = team.addChannel({ name: 'prices', members: [ana, install] })
  place.slack.faults.removeScope(install.botToken, 'files:write')
  const root = ana.says(room.id, `${loom} Which plan is the cheapest?`)
  await comes(room, root.ts, isAnswer)
  await comes(room, root.ts, (each) => each.links.some(({ url }) => url.endsWith('/slack/install')))
  const posts = room.thread(root.ts).filter((each) => each.who === 'Loom')
  expect(posts.flatMap(({ files }) => files)).toEqual([])
  expect(asRead(posts)).toMatch(/permission/i)
  expect(posts.flatMap(({ links }) => links.map(({ url }) => url)).join()).toContain(`${place.publicUrl}/a/`)
})
