import { expect, test, vi } from 'vitest'
import type { ModelRequest } from '../../src/core/model.ts'
import type { Room } from '../fakes/slack/people/room.ts'
import type { Shown } from '../fakes/slack/read.ts'
import { call, plan, say, scriptedModel } from '../swarm/swarm-bed.ts'
import { asRead, comes, installByHand, isAnswer, openSlackPlace } from './slack-place.ts'

/**
 * What people complain about in bots of this kind, each as they would say it, end to end. Told elsewhere already:
 * - duplicate replies: `slack.test.ts` (bad weather), `slack-killed.long.test.ts`, `bots/slack/weather.test.ts`
 * - files posted earlier in the thread ignored: `slack.test.ts` (from an install to an answer with files)
 * - anyone can press Approve: `slack.test.ts` (people steer …), `bots/slack/hear/buttons.test.ts`
 * Files that never arrive and tokens mixed up stand in `slack-files.test.ts` and `slack-crowd.test.ts`, limits in
 * `slack-limits.test.ts`. "No way to erase data" is another issue's.
 */
vi.setConfig({ testTimeout: 60_000 })

const said = (request: ModelRequest) => JSON.stringify(request.messages)
const fromLoom = (room: Room, ts: string) => room.thread(ts).filter((each) => each.who === 'Loom')
const isCard = (each: Shown) => each.buttons.some(({ label }) => label === 'Details')
const aboutData = (each: Shown) => each.text.includes('first brief in this workspace')

test('its stream dies after five minutes: a run of twelve minutes moves its card to the end and posts its answer', async () => {
  const [begun, aged] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const model = scriptedModel({
    plan: [plan('early', { key: 'late', needs: ['early'] })],
    early: [
      async () => {
        begun.resolve()
        await aged.promise
        return say('Early is done.')
      },
    ],
    late: [say('Late is done.')],
    synthesize: [say('Solo is the cheapest plan.')],
  })
  await using place = await openSlackPlace({ model })
  const { ana, install, loom, team } = await installByHand(place)
  const room = team.addChannel({ name: 'prices', members: [ana, install] })
  const root = ana.says(room.id, `${loom} Which plan is the cheapest?`)
  const card = await comes(room, root.ts, (each) => each.text.includes('Task early'))
  await begun.promise
  await place.slack.settled()
  place.slack.pass(12 * 60_000)
  aged.resolve()

  await comes(room, root.ts, isAnswer)
  const end = await comes(room, root.ts, (each) => each.ts === card.ts && each.text.includes('done · 4 of 4'))
  expect(end.text).toContain('✓  Task late')
  expect(place.slack.calls.filter(({ method }) => /stream/i.test(method))).toEqual([])
  model.done()
})

test('it is silent for long: who asked sees it begin, plan and work, each agent by name', async () => {
  const [planned, worked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const model = scriptedModel({
    plan: [
      async () => {
        await planned.promise
        return plan('prices')
      },
    ],
    prices: [
      { parts: [call('list', {})] },
      async () => {
        await worked.promise
        return say('Solo.')
      },
    ],
  })
  await using place = await openSlackPlace({ model })
  const { ana, install, loom, team } = await installByHand(place)
  const room = team.addChannel({ name: 'prices', members: [ana, install] })
  const root = ana.says(room.id, `${loom} Which plan is the cheapest?`)
  const first = await comes(room, root.ts, isCard)
  expect(first.text).toMatch(/Which plan is the cheapest\?/)
  await comes(room, root.ts, (each) => each.ts === first.ts && each.text.includes('planning'))
  planned.resolve()
  const working = await comes(room, root.ts, (each) => /Task prices · looking .* · step 1/.test(each.text))
  expect(working.ts).toBe(first.ts)
  expect(working.text).toContain('of $')
  worked.resolve()
  await comes(room, root.ts, isAnswer)
})

test('it floods the thread with its tools: forty calls of two agents are one card and one answer', async () => {
  const looks = Array.from({ length: 20 }, () => () => ({ parts: [call('list', {})] }))
  const model = scriptedModel({
    plan: [plan('prices', 'seats')],
    prices: [...looks, say('Solo is the cheapest.')],
    seats: [...looks, say('Team has ten.')],
    synthesize: [say('Solo is the cheapest; Team has ten seats.')],
  })
  await using place = await openSlackPlace({ model, slack: { limits: true } })
  const { ana, install, loom, team } = await installByHand(place)
  const room = team.addChannel({ name: 'prices', members: [ana, install] })
  const root = ana.says(room.id, `${loom} Which plan is the cheapest?`)
  await comes(room, root.ts, isAnswer)
  await comes(room, root.ts, (each) => each.text.includes('done · 4 of 4'))
  const posts = fromLoom(room, root.ts).filter((each) => !aboutData(each))
  expect(posts, asRead(posts)).toHaveLength(2)
  expect(posts.filter(isAnswer)).toHaveLength(1)
  expect(room.messages().filter((each) => each.who === 'Loom' && each.threadTs !== root.ts)).toEqual([])
  expect(place.slack.calls.filter(({ outcome }) => outcome === 'ratelimited')).toEqual([])
})

test('there is no spending cap: it shows one, pauses at it, and goes on once it is raised by hand', async () => {
  const dear = { usage: { inputTokens: 50_000 } }
  const model = scriptedModel(
    {
      plan: [{ ...plan('prices'), ...dear }],
      prices: [{ parts: [call('list', {})], ...dear }, say('Solo is the cheapest plan.')],
    },
    { provider: 'anthropic', model: 'claude-haiku-4-5', inputTokens: 50_000 },
  )
  await using place = await openSlackPlace({ model })
  const { ana, install, team } = await installByHand(place)
  const room = team.addChannel({ name: 'prices', members: [ana, install] })
  const root = ana.says(room.id, 'Which plan is the cheapest?')
  await ana.shortcut(root, 'loom_take_thread')
  await vi.waitUntil(() => ana.modals().length > 0, { timeout: 10_000, interval: 10 })
  expect((await ana.submits({ words: 'Answer this', cap: '0.12' })).errors).toEqual({})
  const paused = await comes(room, root.ts, (each) => /paused at the cap of \$0\.12/i.test(each.text))
  expect(paused.buttons.map(({ label }) => label)).toEqual([
    'Raise the cap',
    'Finish with what is there',
    'Stop',
  ])
  await ana.press(paused, 'loom:raise')
  await vi.waitUntil(() => ana.modals().length > 0, { timeout: 10_000, interval: 10 })
  const [form] = ana.modals()
  expect(form?.text).toMatch(/\$0\.\d\d of \$0\.12 is spent\. The job goes on with a higher cap\./)
  expect((await ana.submits({ amount: '1' })).errors).toEqual({})
  const answer = await comes(room, root.ts, isAnswer)
  expect(answer.text).toContain('Solo is the cheapest plan.')
  const ended = await comes(room, root.ts, (each) => each.text.includes('done · 1 of 1'))
  expect(ended.text).toContain('of $1.00')
  model.done()
})

test('an alert that holds only blocks or attachments is empty to it: every word of both reaches the agents', async () => {
  const model = scriptedModel({ plan: [plan('look')], look: [say('The disk of db-7 is full.')] })
  await using place = await openSlackPlace({ model })
  const { ana, install, loom, team } = await installByHand(place)
  const watch = team.addBot({ name: 'Watchdog' })
  const room = team.addChannel({ name: 'alerts', members: [ana, watch, install] })
  const header = { type: 'header', text: { type: 'plain_text', text: 'Disk full on db-7' } }
  const fields = [{ type: 'mrkdwn', text: '*Mount* /var/lib' }]
  const root = watch.says(room.id, { blocks: [header, { type: 'section', fields }] })
  const attachments = [{ title: 'Latency of checkout', fields: [{ title: 'p99', value: '8200 ms' }] }]
  watch.says(room.id, { attachments, threadTs: root.ts })
  ana.says(room.id, { text: `${loom} What broke?`, threadTs: root.ts })
  await comes(room, root.ts, isAnswer)
  const heard = model.requests.map(({ request }) => said(request)).join()
  const words = ['Disk full on db-7', '/var/lib', 'Latency of checkout', '8200 ms', 'Watchdog']
  for (const word of words) expect(heard).toContain(word)
})

test('a follow-up starts from nothing: it knows the words, the answer and the files of the job before', async () => {
  const model = scriptedModel({
    plan: [plan('first'), plan('second')],
    first: [
      { parts: [call('write', { path: 'final/prices.md', content: '# Solo 9, Team 49\n' })] },
      say('Solo is the cheapest plan, at nine.'),
    ],
    second: [{ parts: [call('list', {})] }, say('Team is the dearest.')],
  })
  await using place = await openSlackPlace({ model })
  const { ana, install, loom, team } = await installByHand(place)
  const room = team.addChannel({ name: 'prices', members: [ana, install] })
  const root = ana.says(room.id, `${loom} Which plan is the cheapest?`)
  await comes(room, root.ts, isAnswer)
  ana.says(room.id, { text: 'And the dearest?', threadTs: root.ts })
  await comes(room, root.ts, (each) => isAnswer(each) && each.text.includes('Team is the dearest.'))
  const later = model.requests.filter(({ who }, index) => who === 'second' || (who === 'plan' && index > 0))
  const known = later.map(({ request }) => said(request)).join()
  for (const word of ['Which plan is the cheapest?', 'Solo is the cheapest plan, at nine.', 'prices.md']) {
    expect(known).toContain(word)
  }
  model.done()
})

test('it drops quick messages: five in one second are one job that hears all of them', async () => {
  const allSaid = Promise.withResolvers<void>()
  const model = scriptedModel({
    plan: Array.from({ length: 6 }, () => async () => {
      await allSaid.promise
      return plan('prices')
    }),
    prices: Array.from({ length: 6 }, () => say('Solo.')),
  })
  const words = ['in euro', 'yearly alone', 'for ten seats', 'without tax']
  await using place = await openSlackPlace({ model })
  const { ana, install, loom, team } = await installByHand(place)
  const room = team.addChannel({ name: 'prices', members: [ana, install] })
  const root = ana.says(room.id, `${loom} Which plan is the cheapest?`)
  await place.slack.settled()
  for (const text of words) ana.says(room.id, { text, threadTs: root.ts })
  // The plan is made once they are part of the brief: a job that has ended by then is followed by another, rightly.
  const inBrief = async () =>
    expect(await place.bed.admin`select 1 from loom.brief_messages`).toHaveLength(1 + words.length)
  await vi.waitFor(inBrief, { timeout: 20_000, interval: 20 })
  allSaid.resolve()
  await comes(room, root.ts, isAnswer)
  await comes(room, root.ts, (each) => each.text.includes('done · '))
  const heard = model.requests.map(({ request }) => said(request)).join()
  for (const word of words) expect(heard).toContain(word)
  expect(await place.bed.admin`select id from loom.jobs`).toHaveLength(1)
  expect(fromLoom(room, root.ts).filter(isAnswer)).toHaveLength(1)
})
