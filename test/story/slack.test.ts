import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import type { ModelRequest } from '../../src/core/model.ts'
import type { Tool } from '../../src/core/workspace.ts'
import { createRehearsal } from '../../src/swarm/models/rehearsal/index.ts'
import type { Shown } from '../fakes/slack/read.ts'
import { call, lastResults, plan, say, scriptedModel } from '../swarm/swarm-bed.ts'
import { examples } from './processes.ts'
import { asRead, comes, installByHand, isAnswer, openSlackPlace } from './slack-place.ts'

vi.setConfig({ testTimeout: 150_000 })

const example = async (name: string) => ({ name, content: await readFile(path.join(examples, name)) })
const cell = (text: string) => ({ type: 'raw_text', text })
const prices = {
  type: 'table',
  rows: [
    [cell('plan'), cell('seats'), cell('price')],
    [cell('Solo'), cell('1'), cell('9')],
    [cell('Team'), cell('10'), cell('49')],
  ],
}

test('from an install to an answer with files, and on to a follow-up that knows it', async () => {
  await using place = await openSlackPlace({ model: createRehearsal(), slack: { limits: true } })
  const { ana, install, loom, page, team } = await installByHand(place)
  expect(page).toContain('Loom is in Acme')
  const ben = team.addUser({ name: 'Ben' })
  const room = team.addChannel({ name: 'churn', members: [ana, ben, install] })

  // What was said and shown before Loom was called.
  const root = ana.says(room.id, { text: 'Churn in January', files: [await example('churn-january.csv')] })
  const reply = (who: typeof ana, says: object) => who.says(room.id, { ...says, threadTs: root.ts })
  reply(ben, { text: 'and February', files: [await example('churn-february.csv')] })
  reply(ben, { blocks: [prices] })
  await place.slack.settled()
  expect(room.thread(root.ts)).toHaveLength(3)

  reply(ana, { text: `${loom} Which plan lost the most customers?` })
  const answer = await comes(room, root.ts, isAnswer)
  const card = await comes(room, root.ts, (each) => each.text.includes('Which plan lost the most customers?'))
  expect(card.edited).toBe(true)
  expect(card.buttons).toEqual([])
  for (const agent of ['Churn january', 'Churn february']) expect(card.text).toContain(`✓  ${agent}`)
  const told = await comes(room, root.ts, (each) => each.text.includes('first brief in this workspace'))
  expect(told.text).toContain('A brief costs at most')
  expect(answer.text).toMatch(/Solo|Team/)
  expect(answer.previews).toEqual([])
  const files = await comes(room, root.ts, (each) => each.files.length > 0)
  expect(files.files.map(({ name }) => name).join(' ')).toContain('churn-january')
  for (const { bytes } of files.files) expect(bytes.length).toBeGreaterThan(0)
  for (const { url } of answer.links) expect(url).toContain(`${place.publicUrl}/a/`)

  // Nothing called anybody but those whom it concerns, and nothing was posted outside of the thread.
  const posts = room.messages().filter((each) => each.who === 'Loom')
  expect(posts.every((each) => each.threadTs === root.ts)).toBe(true)
  expect(posts.flatMap((each) => each.pings)).toEqual([])

  // A reply of who asked, after the end.
  const seen = room.thread(root.ts).length
  reply(ana, { text: `${loom} And in March?`, files: [await example('churn-march.csv')] })
  await vi.waitUntil(() => room.thread(root.ts).slice(seen).some(isAnswer), { timeout: 60_000, interval: 20 })
  const later = asRead(room.thread(root.ts).slice(seen))
  expect(later).toContain('✓  Churn march')
  // What the first job made is at hand, and nobody is sent to analyse it.
  const agents = /^. {2}(.+?) · /gmu
  expect([...later.matchAll(agents)].map(([, title]) => title)).not.toContainEqual(
    expect.stringMatching(/chart|report/iu),
  )
  // Within Slack's limits, and every event acknowledged in time.
  expect(place.slack.calls.filter(({ outcome }) => outcome !== 'ok')).toEqual([])
  await place.slack.settled()
  const { log } = place.slack.deliver
  expect(log.filter(({ acknowledged, statuses }) => !acknowledged || statuses.length > 1)).toEqual([])
  const jobs = await place.bed.admin`select state from loom.jobs order by created_at`
  expect(jobs.map((job) => job.state)).toEqual(['done', 'done'])
})

const drop: Tool = {
  spec: { name: 'drop', description: 'Deletes something.', inputSchema: { type: 'object' } },
  effect: 'outside',
  needsApproval: (input) => `Delete ${String((input as { table?: unknown }).table)}.`,
  async run() {
    return { content: [{ type: 'text', text: 'Deleted.' }], isError: false, activity: 'deleting' }
  },
}

const said = (request: ModelRequest) => JSON.stringify(request.messages)
const forever = (_: ModelRequest, signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

test('people steer, answer, approve and stop from the thread, and each is shown what came of it', async () => {
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
      (request) => {
        expect(lastResults(request)[0]?.text).toBe('Deleted.')
        return say('Solo is the **cheapest** plan. Thanks <!channel>.')
      },
    ],
  })
  await using place = await openSlackPlace({ model, tools: [drop] })
  const { ana, install, loom, team } = await installByHand(place)
  const ben = team.addUser({ name: 'Ben' })
  const room = team.addChannel({ name: 'prices', members: [ana, ben, install] })
  const root = ana.says(room.id, `${loom} Which plan is the cheapest?`)

  const working = await comes(room, root.ts, (each) => each.text.includes('Task prices'))
  expect(working.buttons.map(({ label }) => label)).toEqual(['Stop', 'Adjust cap', 'Details'])
  await ben.runs('/loom status', room.id)
  await vi.waitUntil(() => ben.ephemerals(room.id).length > 0, { timeout: 10_000 })
  const status = ben.ephemerals(room.id).at(-1)
  expect(status?.text).toContain('Running here for others:\nA plan')
  ben.says(room.id, { text: 'only the yearly prices', threadTs: root.ts })
  await place.slack.settled()
  steered.resolve()

  const question = await comes(room, root.ts, (each) => each.text.includes('Which currency?'))
  expect(question.buttons.map(({ label }) => label)).toEqual(['Euro', 'Dollar', 'Answer in your own words'])
  await ana.press(question, 'loom:answer:1')
  const settled = await comes(
    room,
    root.ts,
    (each) => each.ts === question.ts && each.text.includes('Dollar'),
  )
  expect(settled.buttons).toEqual([])

  // Ben did not ask for this and is no admin.
  const approval = await comes(room, root.ts, (each) => each.text.includes('Delete old_prices.'))
  expect(approval.buttons.map(({ label }) => label)).toEqual(['Approve', 'Deny'])
  await ben.press(approval, 'loom:approve')
  await vi.waitUntil(() => ben.ephemerals(room.id).length > 1, { timeout: 10_000 })
  expect(room.message(approval.ts).buttons).toHaveLength(2)
  await ana.press(approval, 'loom:approve')
  const pressed = await comes(room, root.ts, (each) => each.ts === approval.ts && each.buttons.length === 0)
  expect(pressed.text).toContain('Ana')

  const answer = await comes(room, root.ts, isAnswer)
  expect(answer.text).toMatch(/^Solo is the cheapest plan\. Thanks/)
  expect(answer.pings).toEqual([])
  await ben.press(answer, 'loom:helpful')

  // Another thread, stopped before it came to anything.
  const second = ben.says(room.id, `${loom} Compare everything`)
  const card = await comes(room, second.ts, (each) => each.buttons.some(({ label }) => label === 'Stop'))
  await ben.press(card, 'loom:stop')
  const end = await comes(room, second.ts, (each) => each.ts !== card.ts && /stopped/i.test(each.text))
  expect(end.text).not.toContain('Solo')
  await comes(room, second.ts, (each) => each.ts === card.ts && each.buttons.length === 0)
  model.done()
  const rows = await place.bed.admin`select value from loom.feedback`
  expect(rows.map((row) => row.value)).toEqual([1])
})

test('bad weather between Slack and Loom: one job, one card, one answer', async () => {
  const model = scriptedModel({ plan: [plan('prices')], prices: [say('Solo is the cheapest plan.')] })
  await using place = await openSlackPlace({ model })
  const { slack } = place
  const { ana, install, loom, team } = await installByHand(place)
  const room = team.addChannel({ name: 'prices', members: [ana, install] })

  // Both events of the mention come twice and the wrong way round; Slack limits, loses its replies and then is away.
  slack.faults.next('chat.postMessage', { status: 429, retryAfterS: 1 })
  slack.faults.next('chat.postMessage', { dropReply: true }, 2)
  slack.faults.next('chat.update', { dropReply: true })
  slack.faults.next('conversations.replies', { status: 503 })
  slack.faults.downForMs(1_500)
  slack.deliver.hold()
  slack.deliver.copies(2)
  const root = ana.says(room.id, `${loom} Which plan is the cheapest?`)
  slack.deliver.release('reversed')
  await slack.settled()
  slack.deliver.copies(1)
  for (const { event_id: id } of [...slack.deliver.envelopes]) slack.deliver.again(id)

  await comes(room, root.ts, isAnswer)
  const ended = (each: Shown) => each.text.includes('done · 1 of 1')
  await comes(room, root.ts, ended)
  const all = room.thread(root.ts).filter((each) => each.who === 'Loom')
  expect(all.filter(isAnswer)).toHaveLength(1)
  expect(all.filter((each) => each.text.includes('Task prices'))).toHaveLength(1)
  expect(all.filter((each) => each.text.includes('first brief in this workspace'))).toHaveLength(1)
  expect(all).toHaveLength(3)
  expect(await place.bed.admin`select id from loom.jobs`).toHaveLength(1)
  expect(slack.calls.some((each) => each.outcome === 'dropReply')).toBe(true)
  expect(slack.calls.filter((each) => each.outcome.startsWith('invalid'))).toEqual([])
})

test('a workspace that removes Loom is left at once', async () => {
  const model = scriptedModel({ plan: [forever] })
  await using place = await openSlackPlace({ model })
  const { ana, install, loom, team } = await installByHand(place)
  const room = team.addChannel({ name: 'prices', members: [ana, install] })
  const root = ana.says(room.id, `${loom} Compare everything`)
  await comes(room, root.ts, (each) => each.buttons.some(({ label }) => label === 'Stop'))
  const before = room.messages().length
  team.uninstalls()
  const isStopped = async () => {
    const [job] = await place.bed.admin<{ state: string }[]>`select state from loom.jobs`
    return job?.state === 'cancelled'
  }
  await vi.waitUntil(isStopped, { timeout: 20_000, interval: 20 })
  expect(room.messages()).toHaveLength(before)
  const [kept] = await place.bed
    .admin`select tokens_sealed, revoked_at from loom.installations where platform = 'slack'`
  expect(kept).toMatchObject({ tokens_sealed: null, revoked_at: expect.any(Date) })

  // It can come back, and its people are who they were.
  const again = await installByHand(place, 'Acme again')
  expect(again.page).toContain('Loom is in Acme again')
})
