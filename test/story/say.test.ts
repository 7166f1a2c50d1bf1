import { expect, test, vi } from 'vitest'
import { startAnthropic } from '../fakes/anthropic-server.ts'
import { expectExit, useProcesses } from './processes.ts'
import { claudeSays, files, story } from './said.ts'

const processes = useProcesses()

test('what is said from another terminal is read at the next step, and the card says so', async () => {
  const arrived = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const shown = Promise.withResolvers<void>()
  await using claude = await startAnthropic({
    script: [
      { reply: claudeSays(story.plan) },
      { hold: claudeSays(story.read), arrived: arrived.resolve, until: release.promise },
      ...[story.stays, story.write, story.prices, story.months].map((said) => ({ reply: claudeSays(said) })),
      { hold: claudeSays(story.answer), arrived: () => undefined, until: shown.promise },
      { reply: claudeSays(story.review) },
    ],
  })
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  const env = { DATABASE_URL: bed.url, ANTHROPIC_API_KEY: 'test-key', ANTHROPIC_BASE_URL: claude.origin }
  const running = processes.brief(['Which plan is the cheapest?', ...files], { cwd, env })
  await arrived.promise
  const [job] = await bed.admin<{ id: string }[]>`select id from loom.jobs`
  const loom = (...words: string[]) => processes.loom(words, { cwd, env })
  const said = await loom('say', job?.id ?? '', 'Leave', 'out', 'the', 'free', 'plan.')
  expect(said).toMatchObject({ code: 0, stdout: 'Said. The agents read it at their next step.\n' })
  // On its way, until an agent that is quick has read it.
  await running.says(/your reply (is on its way|was read by)/)
  // The plan is gone over at once, while the agent is still at its step.
  await vi.waitUntil(() => claude.requests.length === 3, { timeout: 30_000, interval: 20 })
  release.resolve()
  await running.says(/your reply was read by \d agents?/)
  shown.resolve()
  const ended = await running.ended
  expectExit(ended, 0)

  const heard = claude.requests.map(({ body }) =>
    JSON.stringify(body.messages).includes('Leave out the free plan.'),
  )
  expect(heard).toEqual([false, false, true, true, true, true, true, true])
  expect((await loom('say', job?.id ?? '', 'More.')).stdout).toBe(
    'The job has ended. Ask again: npm run brief -- "More."\n',
  )
})
