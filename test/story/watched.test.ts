import { expect, test, vi } from 'vitest'
import { shortId } from '../../src/bots/desk/here.ts'
import type { Shown } from '../fakes/slack/read.ts'
import { call, lastResults, plan, say, scriptedModel } from '../swarm/swarm-bed.ts'
import { drop, forever, said } from './chat-story.ts'
import { asRead, comes, installByHand, isAnswer, openSlackPlace } from './slack-place.ts'

vi.setConfig({ testTimeout: 150_000 })

const holds = (words: string) => (each: Shown) => each.text.includes(words)

test('one brief is watched, steered, answered and approved from another workspace of the same account', async () => {
  const steered = Promise.withResolvers<void>()
  const model = scriptedModel({
    plan: [plan('prices'), forever],
    prices: [
      async () => {
        await steered.promise
        return { parts: [call('list', {})] }
      },
      (request) => {
        expect(said(request)).toContain('only the yearly prices')
        return { parts: [call('ask_user', { question: 'Which currency?', choices: ['Euro', 'Dollar'] })] }
      },
      (request) => {
        expect(lastResults(request)[0]?.text).toContain('Dollar')
        return { parts: [call('drop', { table: 'old_prices' })] }
      },
      say('Solo is the **cheapest** plan.'),
    ],
  })
  await using place = await openSlackPlace({ model, tools: [drop] })
  const { slack } = place
  const home = await installByHand(place)
  const room = home.team.addChannel({ name: 'prices', members: [home.ana, home.install] })

  // Ana connects the workspace of her other company, by a link that only she is given.
  await home.ana.runs('/loom connect slack', room.id)
  const offer = home.ana.ephemerals(room.id).at(-1)
  const href = offer?.buttons.find(({ label }) => label === 'Connect Slack')?.url ?? ''
  expect(offer?.text).toContain(href)
  const away = await installByHand(place, 'Globex', href)
  expect(away.page).toContain('It belongs to the account whose admin made the link')
  const zoe = away.team.addUser({ name: 'Zoe' })
  const hall = away.team.addChannel({ name: 'hall', members: [away.ana, zoe, away.install] })
  const tenants = await place.bed.admin`select count(*)::int as many from loom.tenants`
  expect(tenants[0]?.many).toBe(1)

  const root = home.ana.says(room.id, `${home.loom} Which plan is the cheapest?`)
  await comes(room, root.ts, holds('Task prices'))
  const [job] = await place.bed.admin<{ id: string }[]>`select id from loom.jobs`
  const name = shortId(job?.id ?? '')

  // Zoe neither asked for it nor decides here; Ana is who asked, under another name.
  const no = zoe.says(hall.id, `${away.loom} watch ${name}`)
  await vi.waitUntil(() => zoe.ephemerals(hall.id).length > 0, { timeout: 20_000, interval: 20 })
  expect(zoe.ephemerals(hall.id)[0]?.text).toBe('There is no such job here.')
  expect(hall.thread(no.ts)).toHaveLength(1)
  const there = away.ana.says(hall.id, `${away.loom} watch ${name}`)
  const card = await comes(hall, there.ts, holds('Task prices'))
  expect(card.buttons.map(({ label }) => label)).toEqual(['Stop', 'Adjust cap', 'Details'])
  await vi.waitUntil(() => away.ana.ephemerals(hall.id).length > 0, { timeout: 20_000, interval: 20 })
  expect(away.ana.ephemerals(hall.id)[0]?.text).toContain('Everyone who can read this channel sees it')
  await comes(room, root.ts, holds('also shown in another thread of Slack'))

  zoe.says(hall.id, { text: 'only the yearly prices', threadTs: there.ts })
  await slack.settled()
  steered.resolve()

  const [asked, askedThere] = await Promise.all([
    comes(room, root.ts, holds('Which currency?')),
    comes(hall, there.ts, holds('Which currency?')),
  ])
  await zoe.press(askedThere, 'loom:answer:1')
  for (const [at, ts, question] of [[room, root.ts, asked] as const, [hall, there.ts, askedThere] as const]) {
    const answered = await comes(at, ts, (each) => each.ts === question.ts && each.buttons.length === 0)
    expect(answered.text).toContain('Dollar')
    expect(answered.text).toContain('Zoe')
  }

  const approval = await comes(hall, there.ts, holds('Delete old_prices.'))
  await zoe.press(approval, 'loom:approve')
  await vi.waitUntil(() => zoe.ephemerals(hall.id).length > 1, { timeout: 20_000, interval: 20 })
  expect(hall.message(approval.ts).buttons).toHaveLength(2)
  await away.ana.press(approval, 'loom:approve')
  for (const [at, ts] of [[room, root.ts] as const, [hall, there.ts] as const]) {
    const pressed = await comes(
      at,
      ts,
      (each) => each.text.includes('Delete old_prices.') && each.buttons.length === 0,
    )
    expect(pressed.text).toContain('Ana')
    expect((await comes(at, ts, isAnswer)).text).toMatch(/^Solo is the cheapest plan\./)
    await comes(at, ts, holds('done · 1 of 1'))
  }
  // The answer is useful there too, and a second brief is stopped from where it is watched.
  await zoe.press(await comes(hall, there.ts, isAnswer), 'loom:helpful')
  const second = home.ana.says(room.id, `${home.loom} Compare everything`)
  await comes(room, second.ts, (each) => each.buttons.some(({ label }) => label === 'Stop'))
  const [next] = await place.bed.admin<
    { id: string }[]
  >`select id from loom.jobs order by created_at desc limit 1`
  const at = away.ana.says(hall.id, `${away.loom} watch ${shortId(next?.id ?? '')}`)
  const running = await comes(hall, at.ts, (each) => each.buttons.some(({ label }) => label === 'Stop'))
  // Both events of the mention come, and what it led to is said once, in the thread itself.
  const heard = zoe.ephemerals(hall.id).length
  zoe.says(hall.id, { text: `${away.loom} unwatch`, threadTs: at.ts })
  await comes(hall, at.ts, holds('no longer shown here'))
  await slack.settled()
  away.ana.says(hall.id, { text: `${away.loom} watch ${shortId(next?.id ?? '')}`, threadTs: at.ts })
  await vi.waitUntil(() => away.ana.ephemerals(hall.id).length === 3, { timeout: 20_000, interval: 20 })
  expect(away.ana.ephemerals(hall.id).map(({ text }) => text.slice(0, 8))).toEqual(Array(3).fill('Everyone'))
  expect(zoe.ephemerals(hall.id)).toHaveLength(heard)
  await zoe.press(running, 'loom:stop')
  for (const [where, ts] of [[room, second.ts] as const, [hall, at.ts] as const]) {
    await comes(where, ts, holds('Stopped by Zoe.'))
  }

  model.done()
  const all = [...room.messages(), ...hall.messages()]
  expect(all.filter(isAnswer)).toHaveLength(2)
  expect(all.flatMap(({ pings }) => pings)).toEqual(expect.not.arrayContaining(['channel', 'here']))
  expect(asRead(hall.thread(there.ts))).not.toContain('also shown')
  expect(slack.calls.filter(({ outcome }) => outcome !== 'ok')).toEqual([])
  const [feedback] = await place.bed.admin`select value from loom.feedback`
  expect(feedback?.value).toBe(1)
})
