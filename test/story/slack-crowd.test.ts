import { expect, test, vi } from 'vitest'
import type { ModelRequest } from '../../src/core/model.ts'
import type { Room } from '../fakes/slack/people/room.ts'
import { plan, say, scriptedModel } from '../swarm/swarm-bed.ts'
import { asRead, comes, installByHand, isAnswer, openSlackPlace, type SlackPlace } from './slack-place.ts'

vi.setConfig({ testTimeout: 60_000 })

/** Answers each brief with the one fruit that stands in it, once all of them are at work. */
function fruits(jobs: number) {
  const all = Promise.withResolvers<void>()
  let there = 0
  const fruitOf = (request: ModelRequest) =>
    [...new Set(JSON.stringify(request.messages).match(/fruit-\w+/g))].join(' ')
  const each = <T>(turn: T): T[] => Array.from({ length: jobs }, () => turn)
  return scriptedModel({
    plan: each(() => plan('work')),
    work: each(async (request: ModelRequest) => {
      there += 1
      if (there === jobs) all.resolve()
      await all.promise
      return say(`I was asked about ${fruitOf(request)}.`)
    }),
  })
}

async function answersTo(room: Room, ts: string, fruit: string): Promise<void> {
  const answer = await comes(room, ts, isAnswer)
  expect(answer.text).toMatch(new RegExp(`^I was asked about ${fruit}\\.`))
  await comes(room, ts, (each) => each.text.includes('done · 1 of 1'))
}

test('it replies in the wrong thread: four jobs at once in two channels, each with its card and answer in its own', async () => {
  const model = fruits(4)
  await using place = await openSlackPlace({ model })
  const { ana, install, loom, team } = await installByHand(place)
  const [one, two] = ['one', 'two'].map((name) => team.addChannel({ name, members: [ana, install] }))
  if (!one || !two) throw new Error('no channels')
  const old = ana.says(one.id, 'An older thread')
  const asks = (room: Room, fruit: string, threadTs?: string) =>
    ana.says(room.id, { text: `${loom} what of fruit-${fruit}?`, ...(threadTs ? { threadTs } : {}) })
  const spots = [
    [one, asks(one, 'apple').ts, 'fruit-apple'],
    [one, asks(one, 'pear').ts, 'fruit-pear'],
    [one, asks(one, 'plum', old.ts).threadTs, 'fruit-plum'],
    [two, asks(two, 'fig').ts, 'fruit-fig'],
  ] as const
  await Promise.all(spots.map(([room, ts, fruit]) => answersTo(room, ts, fruit)))
  for (const [room, ts, fruit] of spots) {
    const posts = room.thread(ts).filter((each) => each.who === 'Loom')
    expect(posts.filter(isAnswer), asRead(posts)).toHaveLength(1)
    expect([...new Set(asRead(posts).match(/fruit-\w+/g))]).toEqual([fruit])
  }
  for (const room of [one, two]) {
    const posts = room.messages().filter((each) => each.who === 'Loom')
    expect(posts.filter((each) => each.threadTs === undefined)).toEqual([])
  }
})

/** A workspace whose ids are the same as another's, as Slack's may be. */
async function join(place: SlackPlace, name: string) {
  const { install, team } = await installByHand(place, name)
  const ben = team.addUser({ id: 'U0SAMEBEN', name: `Ben of ${name}` })
  const room = team.addChannel({ id: 'C0SAMEROOM', name: 'launch', members: [ben, install] })
  return { ben, install, room, team }
}

test('tokens of several workspaces are mixed up: two with the same ids, at once, and nothing crosses', async () => {
  const model = fruits(2)
  await using place = await openSlackPlace({ model })
  const first = await join(place, 'Acme')
  const second = await join(place, 'Globex')
  const asked = [first, second].map(({ ben, install, room }, index) =>
    ben.says(room.id, `<@${install.botUserId}> what of fruit-${index}?`),
  )
  await Promise.all(
    [first, second].map(({ room }, index) => answersTo(room, asked[index]?.ts ?? '', `fruit-${index}`)),
  )
  for (const [index, { room }] of [first, second].entries()) {
    const read = asRead(room.messages())
    expect(read).toContain(`fruit-${index}`)
    expect(read).not.toContain(`fruit-${1 - index}`)
  }

  // Each call that says something says it with the token of the workspace that it is about.
  const told = place.slack.calls.filter(({ args }) => JSON.stringify(args).includes('fruit-'))
  expect(told.length).toBeGreaterThan(1)
  for (const { args, teamId } of told) {
    const index = [first, second].findIndex(({ team }) => team.id === teamId)
    expect(JSON.stringify(args)).toContain(`fruit-${index}`)
    expect(JSON.stringify(args)).not.toContain(`fruit-${1 - index}`)
  }
  expect(place.slack.calls.filter(({ outcome }) => outcome !== 'ok')).toEqual([])
  const jobs = await place.bed.admin`select distinct tenant_id from loom.jobs`
  expect(jobs).toHaveLength(2)
})
