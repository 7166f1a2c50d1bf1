import { expect, test, vi } from 'vitest'
import type { Room } from '../fakes/slack/people/room.ts'
import { call, plan, say, scriptedModel } from '../swarm/swarm-bed.ts'
import { openBrowser } from './browser.ts'
import { comes, installByHand, isAnswer, openSlackPlace, type SlackPlace } from './slack-place.ts'

vi.setConfig({ testTimeout: 60_000 })

const writesEachTime = () =>
  scriptedModel(
    Object.fromEntries([
      ['plan', [plan('prices'), plan('prices')]],
      [
        'prices',
        [1, 2].flatMap(() => [
          { parts: [call('write', { path: 'final/prices.csv', content: 'plan,price\nSolo,9\n' })] },
          say('Solo is the cheapest plan.'),
        ]),
      ],
    ]),
  )

async function fileOf(place: SlackPlace, input: { room: Room; ts: string }): Promise<string> {
  const answer = await comes(input.room, input.ts, isAnswer)
  const link = answer.links.find(({ url }) => url.startsWith(`${place.publicUrl}/a/`))
  if (!link) throw new Error('the answer links no file')
  return link.url
}

test('where the workspace asks for it, a file opens for who can read the thread and shows so on Slack', async () => {
  await using place = await openSlackPlace({ model: writesEachTime() })
  const { ana, install, loom, team } = await installByHand(place)
  const [ben, gus] = [team.addUser({ name: 'Ben' }), team.addUser({ name: 'Gus', isGuest: true })]
  const open = team.addChannel({ name: 'prices', members: [ana, install] })
  const closed = team.addChannel({ name: 'board', isPrivate: true, members: [ana, install] })
  await place.bed.admin`update loom.installations set settings = '{"linksNeedSignIn": true}'`

  const said = ana.says(open.id, `${loom} Which plan is the cheapest?`)
  const url = await fileOf(place, { room: open, ts: said.ts })
  const comesTo = async (link: string, who: { id: string }) => {
    const go = openBrowser()
    const asked = await go(link)
    expect([asked.status, new URL(asked.to).pathname]).toEqual([302, '/openid/connect/authorize'])
    const query = new URL(asked.to).searchParams
    expect([query.get('scope'), query.get('team')]).toEqual(['openid', team.id])
    return go(team.signsIn(asked.to, who)).then(async (back) =>
      back.status === 302 ? go(place.publicUrl + back.to) : back,
    )
  }

  // Everybody of the workspace can read a public channel, but not its guests, unless they are in it.
  expect(await comesTo(url, ben)).toMatchObject({ status: 200, text: 'plan,price\nSolo,9\n' })
  expect(await comesTo(url, gus)).toMatchObject({ status: 403 })
  open.invite(gus)
  expect(await comesTo(url, gus)).toMatchObject({ status: 200 })

  const told = ana.says(closed.id, `${loom} Which plan is the cheapest?`)
  const secret = await fileOf(place, { room: closed, ts: told.ts })
  expect(await comesTo(secret, ana)).toMatchObject({ status: 200 })
  const other = await comesTo(secret, ben)
  expect([other.status, other.text]).toEqual([403, expect.stringContaining('a thread that you cannot read')])
  expect(other.text).not.toContain('Solo')

  // What comes back in another browser, changed, twice or with somebody else's pass opens nothing.
  const [mine, theirs] = [openBrowser(), openBrowser()]
  const asked = await mine(url)
  expect(asked.setCookie).toMatch(/^loom_csrf=[\w-]{20,}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/)
  const back = team.signsIn(asked.to, ana)
  await theirs(url)
  expect(await theirs(back)).toMatchObject({ status: 400 })
  expect(await mine(back.replace('state=', 'state=x'))).toMatchObject({ status: 400 })
  expect(
    await mine(`${place.at('signed_in')}?state=${new URL(back).searchParams.get('state')}`),
  ).toMatchObject({
    status: 403,
  })
  const opened = await mine(back)
  expect(opened.status).toBe(302)
  expect(await theirs(place.publicUrl + opened.to)).toMatchObject({ status: 302 })
  expect(await mine(place.publicUrl + opened.to)).toMatchObject({ status: 200 })
  const elsewhere = new URL(secret)
  elsewhere.searchParams.set('pass', new URL(place.publicUrl + opened.to).searchParams.get('pass') ?? '')
  expect(await mine(elsewhere.href)).toMatchObject({ status: 302 })
  const again = await mine(back)
  expect([again.status, again.text]).toEqual([
    400,
    expect.stringContaining('Open the link in the thread again'),
  ])

  // Who has gone to another place in between is told so in words.
  const late = await mine(url)
  team.uninstalls()
  await place.slack.settled()
  expect((await mine(team.signsIn(late.to, ana))).status).toBe(404)
})
