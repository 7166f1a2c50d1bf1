import { expect, test, vi } from 'vitest'
import { call, plan, say, scriptedModel } from '../swarm/swarm-bed.ts'
import { openBrowser } from './browser.ts'
import { installInServer, openDiscordPlace } from './discord-stage.ts'

vi.setConfig({ testTimeout: 60_000 })

const writes = (times: number) =>
  scriptedModel({
    plan: Array.from({ length: times }, () => plan('prices')),
    prices: Array.from({ length: times }, () => [
      { parts: [call('write', { path: 'final/prices.csv', content: 'plan,price\nSolo,9\n' })] },
      say('Solo is the cheapest plan.'),
    ]).flat(),
  })

test('where the server asks for it, a file opens for who can read the thread, as Discord has it at that moment', async () => {
  await using place = await openDiscordPlace({ model: writes(2) })
  const { discord } = place
  const { ana, ben, guild } = await installInServer(place)
  const [cleo, eve] = [discord.people.add('Cleo'), discord.people.add('Eve')]
  const board = guild.addRole({ name: 'board', permissions: [] })
  guild.join(cleo, { roles: [board] })
  await place.bed.admin`update loom.installations set settings = '{"linksNeedSignIn": true}'`
  const fileIn = async (channelId: string): Promise<string> => {
    const line = await ana.runs(channelId, 'loom brief', { text: 'Which plan is the cheapest?' }).finished()
    const linked = () =>
      guild.threads().some(({ id }) => id === line.id) &&
      ana
        .reads(line.id)
        .flatMap(({ links }) => links.filter(({ url }) => url.startsWith(`${place.publicUrl}/a/`)))[0]
    return (await discord.until(linked, 30_000)).url
  }
  const comesTo = async (url: string, who: typeof ana) => {
    const go = openBrowser()
    const asked = await go(url)
    const query = new URL(asked.to).searchParams
    expect([asked.status, query.get('scope'), query.get('prompt')]).toEqual([302, 'identify', 'none'])
    const back = await go(who.approves(asked.to))
    return back.status === 302 ? go(place.publicUrl + back.to) : back
  }

  const open = await fileIn(guild.addChannel({ name: 'prices' }).id)
  expect(await comesTo(open, ben)).toMatchObject({ status: 200, text: 'plan,price\nSolo,9\n' })
  expect(await comesTo(open, eve)).toMatchObject({
    status: 403,
    text: expect.stringContaining('cannot read'),
  })

  const view = ['ViewChannel'] as const
  const closed = guild.addChannel({
    name: 'board',
    overwrites: [
      { id: guild.everyone, deny: [...view] },
      { id: board.id, allow: [...view] },
      { id: discord.bot.id, allow: [...view] },
    ],
  })
  const secret = await fileIn(closed.id)
  expect(await comesTo(secret, ana)).toMatchObject({ status: 200 })
  expect(await comesTo(secret, cleo)).toMatchObject({ status: 200 })
  expect(await comesTo(secret, ben)).toMatchObject({ status: 403 })
  // An overwrite for one person goes before those of roles, and a role that is taken counts at once.
  guild.overwrite(closed.id, { id: ben.id, allow: [...view] })
  expect(await comesTo(secret, ben)).toMatchObject({ status: 200 })
  guild.takeRole(cleo, board)
  expect(await comesTo(secret, cleo)).toMatchObject({ status: 403 })
  guild.kick(ben)
  expect(await comesTo(secret, ben)).toMatchObject({ status: 403 })

  // Cancelled, and with a code that is none.
  const go = openBrowser()
  const asked = await go(open)
  expect(await go(ana.declines(asked.to))).toMatchObject({ status: 403 })
  const bad = new URL(ana.approves(asked.to))
  bad.searchParams.set('code', 'x')
  expect(await go(bad.href)).toMatchObject({
    status: 403,
    text: expect.stringContaining('did not say who you are'),
  })
})
