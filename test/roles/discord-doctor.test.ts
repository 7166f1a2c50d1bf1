import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { examineDiscord } from '../../src/roles/doctor/discord.ts'
import { type FakeDiscord, startDiscord } from '../fakes/discord/server.ts'

let fake: FakeDiscord
beforeAll(async () => {
  fake = await startDiscord({ messageContent: false })
})
afterAll(() => fake.close())

const examine = async (settings: Record<string, string>) => {
  const found = await examineDiscord(
    parseConfig({
      DISCORD_API_URL: fake.apiUrl,
      DISCORD_TOKEN: fake.token,
      DISCORD_APPLICATION_ID: fake.applicationId,
      PUBLIC_URL: 'https://loom.test',
      ...settings,
    }),
  )
  return found.map(({ state, text }) => `${state}: ${text}`)
}

test('the doctor says whose the token is, what Loom hears, and who can bring it along', async () => {
  expect(await examine({})).toEqual([
    'ok: Discord takes the bot token, for Loom.',
    expect.stringMatching(/^note: Without the Message Content intent/),
    expect.stringMatching(/^note: Anybody can invite this bot/),
    'ok: Messages and interactions come by the Gateway.',
  ])
  expect(await examine({ DISCORD_PUBLIC_KEY: fake.publicKey, DISCORD_CLIENT_SECRET: 's' })).toEqual([
    'ok: Discord takes the bot token, for Loom.',
    'ok: Interactions come to https://loom.test/discord/interactions.',
    'ok: Servers install it at https://loom.test/discord/install.',
  ])
})

test('a wrong token, another application and no Discord at all are said in a sentence each', async () => {
  expect((await examine({ DISCORD_TOKEN: 'wrong' }))[0]).toMatch(
    /^fault: Discord does not take DISCORD_TOKEN/,
  )
  expect((await examine({ DISCORD_APPLICATION_ID: '100000000000000001' }))[0]).toMatch(
    /^fault: DISCORD_TOKEN belongs to another application/,
  )
  expect((await examine({ DISCORD_API_URL: 'http://127.0.0.1:9/api' }))[0]).toMatch(
    /^fault: Discord does not answer/,
  )
  expect(await examineDiscord(parseConfig({}))).toEqual([])
})
