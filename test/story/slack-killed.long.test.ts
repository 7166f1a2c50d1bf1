import { once } from 'node:events'
import { expect, test } from 'vitest'
import { startAnthropic } from '../fakes/anthropic-server.ts'
import { startSlack } from '../fakes/slack/server.ts'
import { freePort, type Running, until, useProcesses } from './processes.ts'
import { claudeSays } from './said.ts'
import { asRead, comes, installByHand, isAnswer } from './slack-place.ts'

const processes = useProcesses()

const tokens = { input: 100, cached: 0, written: 0, output: 10 }
const plan = {
  calls: [
    {
      id: 'c_plan',
      name: 'submit_plan',
      input: {
        title: 'Prices',
        tasks: [{ key: 'prices', title: 'Prices', objective: 'Name the cheapest.' }],
      },
    },
  ],
  tokens,
}
const answer = { text: 'Solo is the cheapest.', tokens }

async function kill(running: Running): Promise<void> {
  const exit = once(running.child, 'exit')
  running.child.kill('SIGKILL')
  await exit
}

test('a server that is killed at work, and again while it posts, leaves one card and one answer, and hears what was said meanwhile', async () => {
  const working = Promise.withResolvers<void>()
  await using claude = await startAnthropic({
    script: [
      { reply: claudeSays(plan) },
      { hold: claudeSays(answer), arrived: working.resolve, until: new Promise<void>(() => undefined) },
      { reply: claudeSays(answer) },
      { reply: claudeSays(plan) },
      { reply: claudeSays(answer) },
    ],
  })
  await using slack = await startSlack()
  const [cwd, bed, port] = await Promise.all([processes.folder(), processes.bed(), freePort()])
  const publicUrl = `http://localhost:${port}`
  const env = {
    DATABASE_URL: bed.url,
    ANTHROPIC_API_KEY: 'test-key',
    ANTHROPIC_BASE_URL: claude.origin,
    PORT: String(port),
    PUBLIC_URL: publicUrl,
    SLACK_SIGNING_SECRET: slack.app.signingSecret,
    SLACK_CLIENT_ID: slack.app.clientId,
    SLACK_CLIENT_SECRET: slack.app.clientSecret,
    SLACK_API_URL: slack.url,
  }
  const start = async () => {
    const running = processes.run('src/main.ts', ['all'], { cwd, env })
    await running.says('Stop it with Ctrl-C.')
    return running
  }
  const at = (path: string) => `${publicUrl}/slack/${path}`
  slack.deliver.to({ events: at('events'), interactivity: at('interactions'), commands: at('commands') })

  const first = await start()
  const { ana, install, loom, team } = await installByHand({ slack, at })
  const room = team.addChannel({ name: 'prices', members: [ana, install] })
  const root = ana.says(room.id, `${loom} Which plan is the cheapest?`)
  await working.promise
  const card = await comes(room, root.ts, (each) => each.text.includes('Prices'))
  await kill(first)

  // The answer is taken by Slack, and whoever posted it never hears so.
  const posts = () => slack.callsTo('chat.postMessage')
  const seen = posts().length
  slack.faults.next('chat.postMessage', { hangReply: true })
  const second = await start()
  await until(() => posts().length > seen, 'the answer was posted')
  expect(posts().at(-1)?.outcome).toBe('hangReply')
  await kill(second)

  // Nobody listens: Slack tries at once, after a minute, after five.
  const other = ana.says(room.id, `${loom} And which is the cheapest in spring?`)
  await slack.settled()
  expect(slack.deliver.log.at(-1)?.acknowledged).toBe(false)
  await start()
  slack.pass(60_000)
  await comes(room, other.ts, isAnswer)
  const isSent = async () => {
    const rows = await bed.admin`select state from loom.deliveries where state <> 'sent'`
    return rows.length === 0
  }
  await until(isSent, 'everything is confirmed', 20_000)

  const thread = room.thread(root.ts)
  expect(thread.filter(isAnswer), asRead(thread)).toHaveLength(1)
  expect(thread.filter((each) => each.text.startsWith('Prices'))).toMatchObject([
    { ts: card.ts, text: expect.stringContaining('done · 1 of 1'), buttons: [] },
  ])
  expect(await bed.admin`select id from loom.jobs`).toHaveLength(2)
})
