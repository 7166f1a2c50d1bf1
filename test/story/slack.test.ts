import { expect, test, vi } from 'vitest'
import type { Shown } from '../fakes/slack/read.ts'
import { plan, say, scriptedModel } from '../swarm/swarm-bed.ts'
import { chatStory, forever } from './chat-story.ts'
import { comes, installByHand, isAnswer, openSlackPlace } from './slack-place.ts'
import { openSlackStage } from './slack-stage.ts'

vi.setConfig({ testTimeout: 150_000 })

chatStory('Slack', openSlackStage)

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
