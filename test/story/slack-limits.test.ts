import { expect, test, vi } from 'vitest'
import { plan, say, scriptedModel } from '../swarm/swarm-bed.ts'
import { comes, installByHand, isAnswer, openSlackPlace } from './slack-place.ts'

/**
 * Slack's limits as a whole Loom meets them. Told elsewhere: three seconds and redelivery (`bots/slack/take-events`,
 * `http`, `slack-killed.long`), a post a second and `Retry-After` (`slack.test.ts`), no commands in threads
 * (`hear/fronts`), sizes of every kind (`render/limits`, `weather`), five uses of an address for answers
 * (`hear/buttons`), streams (`slack-complaints`), files out (`slack-files`), previews (`slack.test.ts`).
 */
vi.setConfig({ testTimeout: 60_000 })

test('a page of history a minute is enough: it is fetched once, and a follow-up knows what was said since', async () => {
  const model = scriptedModel({
    plan: [plan('first'), plan('second')],
    first: [say('Solo is the cheapest.')],
    second: [say('Team, then.')],
  })
  await using place = await openSlackPlace({ model, slack: { limits: true, limitedHistory: true } })
  const { ana, install, loom, team } = await installByHand(place)
  const ben = team.addUser({ name: 'Ben' })
  const room = team.addChannel({ name: 'prices', members: [ana, ben, install] })
  const root = ana.says(room.id, 'The plans are Solo and Team')
  const reply = (who: typeof ana, text: string) => void who.says(room.id, { text, threadTs: root.ts })
  reply(ben, 'Solo costs nine')
  reply(ana, `${loom} Which is the cheapest?`)
  await comes(room, root.ts, isAnswer)
  reply(ben, 'We are ten people')
  await place.slack.settled()
  reply(ana, `${loom} And for us?`)
  await comes(room, root.ts, (each) => isAnswer(each) && each.text.includes('Team, then.'))
  const later = model.requests.filter(({ who }) => who === 'second').map(({ request }) => request.messages)
  for (const words of ['Solo costs nine', 'We are ten people', 'And for us?']) {
    expect(JSON.stringify(later)).toContain(words)
  }
  expect(place.slack.callsTo('conversations.replies').map(({ outcome }) => outcome)).toEqual(['ok'])
})
