import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { startRoles } from '../../src/roles/start.ts'
import { type FakeSlack, startSlack } from '../fakes/slack/server.ts'
import { freePort } from '../story/processes.ts'
import { openTestBed, silentLog, type TestBed } from '../support/store.ts'

let bed: TestBed
let fake: FakeSlack
let home: string
beforeAll(async () => {
  const [server] = inject('servers')
  if (!server) throw new Error('no test server')
  bed = await openTestBed(server)
  fake = await startSlack()
  home = await mkdtemp(path.join(tmpdir(), 'loom-slack-home-'))
})
afterAll(async () => {
  await fake.close()
  await bed.close()
  await rm(home, { recursive: true, force: true })
})

async function start(settings: Record<string, string>) {
  const port = await freePort()
  const config = parseConfig({
    DATABASE_URL: bed.url,
    LOOM_HOME: home,
    PORT: String(port),
    SLACK_API_URL: fake.url,
    ...settings,
  })
  const running = await startRoles({
    config,
    log: silentLog,
    roles: ['bot', 'worker', 'scheduler'],
    say: () => undefined,
  })
  return { port, ...running }
}

test.each(['http', 'socket'] as const)(
  'over %s, one workspace: a thread with a file becomes an answer with files and links',
  async (way) => {
    const team = fake.addTeam({ name: `Acme ${way}` })
    const ana = team.addUser({ name: 'Ana' })
    const install = team.install({ installer: ana })
    const channel = team.addChannel({ name: 'launch', members: [ana, install] })
    const { port, close } = await start({
      SLACK_BOT_TOKEN: install.botToken,
      ...(way === 'http'
        ? { SLACK_SIGNING_SECRET: fake.app.signingSecret }
        : { SLACK_APP_TOKEN: fake.app.appToken }),
    })
    try {
      const at = (name: string) => `http://127.0.0.1:${port}/slack/${name}`
      fake.deliver.to({ events: at('events'), interactivity: at('interactions'), commands: at('commands') })
      const content = 'region,amount\nnorth,10\nsouth,32\n'
      const root = ana.says(channel.id, { text: 'the numbers', files: [{ name: 'sales.csv', content }] })
      ana.says(channel.id, {
        text: `<@${install.botUserId}> Which region has the highest amount?`,
        threadTs: root.ts,
      })
      const answer = await vi.waitUntil(
        () => channel.thread(root.ts).find(({ text, who }) => who === 'Loom' && /south/i.test(text)),
        { timeout: 45_000, interval: 100 },
      )
      expect(answer.text).toMatch(/south/i)
      expect(channel.messages().filter(({ who }) => who === 'Loom').length).toBeGreaterThan(1)
      // What Loom posted comes back to it as events: those on their way are answered before it closes.
      await fake.settled()
    } finally {
      await close()
    }
    expect(
      fake.deliver.log.filter(({ acknowledged, statuses }) => statuses.length > 0 && !acknowledged),
    ).toEqual([])
  },
)

test('a token that Slack does not take ends the start with a sentence', async () => {
  await expect(start({ SLACK_BOT_TOKEN: 'xoxb-wrong', SLACK_SIGNING_SECRET: 's' })).rejects.toMatchObject({
    message: expect.stringContaining('does not take SLACK_BOT_TOKEN'),
  })
})
