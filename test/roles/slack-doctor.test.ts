import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { examineSlack } from '../../src/roles/doctor/slack.ts'
import { type FakeSlack, startSlack } from '../fakes/slack/server.ts'

let fake: FakeSlack
beforeAll(async () => {
  fake = await startSlack()
})
afterAll(() => fake.close())

const examine = (settings: Record<string, string>) =>
  examineSlack(parseConfig({ SLACK_API_URL: fake.url, PUBLIC_URL: 'https://loom.test', ...settings }))

test('the doctor says whose the token is, and what it lacks', async () => {
  const team = fake.addTeam({ name: 'Acme' })
  team.addUser({ name: 'Ana' })
  const install = team.install({ scopes: ['chat:write', 'app_mentions:read'] })
  const settings = { SLACK_BOT_TOKEN: install.botToken, SLACK_SIGNING_SECRET: 's' }
  const found = await examine(settings)
  expect(found.map(({ state, text }) => `${state}: ${text}`)).toEqual([
    'ok: Slack takes the bot token, for Acme.',
    expect.stringMatching(
      /^fault: The bot token lacks assistant:write, channels:history, .*users:read\. Add them/,
    ),
    'ok: Events come to https://loom.test/slack/events.',
  ])
})

test('a wrong token, a wrong app token and no Slack at all are said in a sentence each', async () => {
  const wrong = await examine({ SLACK_BOT_TOKEN: 'xoxb-wrong', SLACK_APP_TOKEN: 'xapp-wrong' })
  expect(wrong.map(({ state, text }) => `${state}: ${text}`)).toEqual([
    expect.stringMatching(/^fault: Slack does not take SLACK_BOT_TOKEN/),
    expect.stringMatching(/^fault: Slack does not take SLACK_APP_TOKEN/),
  ])
  const away = await examineSlack(
    parseConfig({
      SLACK_API_URL: 'http://127.0.0.1:9/api',
      SLACK_BOT_TOKEN: 'xoxb-1',
      SLACK_SIGNING_SECRET: 's',
    }),
  )
  expect(away.map(({ text }) => text)).toContain('Slack does not answer.')
  expect(away.map(({ text }) => text).join()).toContain('https addresses only')
  expect(await examineSlack(parseConfig({}))).toEqual([])
})
