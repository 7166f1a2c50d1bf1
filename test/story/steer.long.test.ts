import { expect, test } from 'vitest'
import { startAnthropic } from '../fakes/anthropic-server.ts'
import { expectExit, useProcesses } from './processes.ts'
import { claudeSays, files, story } from './said.ts'

const processes = useProcesses()

/** A brief that stands at the first call of its first agent, and the operator's commands beside it. */
async function standing(later: readonly (keyof typeof story)[]) {
  const arrived = Promise.withResolvers<void>()
  const claude = await startAnthropic({
    script: [
      { reply: claudeSays(story.plan) },
      // It never answers: only an abort ends the call.
      {
        hold: claudeSays(story.read),
        arrived: arrived.resolve,
        until: new Promise<void>(() => undefined),
      },
      ...later.map((part) => ({ reply: claudeSays(story[part]) })),
    ],
  })
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  const env = { DATABASE_URL: bed.url, ANTHROPIC_API_KEY: 'test-key', ANTHROPIC_BASE_URL: claude.origin }
  const running = processes.brief(['Which plan is the cheapest?', ...files], { cwd, env })
  await arrived.promise
  const [job] = await bed.admin<{ id: string }[]>`select id from loom.jobs`
  const jobId = job?.id ?? ''
  return {
    claude,
    jobId,
    running,
    loom: (...words: string[]) => processes.loom(words, { cwd, env }),
    [Symbol.asyncDispose]: () => claude[Symbol.asyncDispose](),
  }
}

test('a brief that is stopped from another terminal ends there, and nothing is asked any more', async () => {
  await using brief = await standing([])
  const { claude, jobId, loom, running } = brief
  expect(await loom('stop', jobId)).toMatchObject({ code: 0, stdout: 'The job is stopped.\n' })
  const ended = await running.ended
  expectExit(ended, 1)
  expect(ended.stdout).toContain('Stopped at your word.')
  expect(claude.requests).toHaveLength(2)
})

test('an agent begins again and another is left out from another terminal, and the answer follows', async () => {
  await using brief = await standing(['read', 'write', 'prices', 'answer', 'review'])
  const { claude, jobId, loom, running } = brief
  expect((await loom('rerun', jobId, '2')).stderr).toBe('January has not begun yet.\n')
  expect((await loom('drop', jobId, 'January')).stdout).toBe(
    'January is left out; the others go on without it.\n',
  )
  expect((await loom('drop', jobId, 'prices')).stderr).toBe(
    'Without Prices nothing would be left. Stop or finish the job instead.\n',
  )
  expect((await loom('rerun', jobId, 'prices')).stdout).toBe('Prices begins again.\n')
  const ended = await running.ended
  expectExit(ended, 0)
  expect(ended.stdout).toContain('January  left out at your word')
  expect(ended.stdout).toMatch(/about \$0\.\d+ to \$0\.\d+ in all/)
  expect(ended.stdout).toContain('Solo is the cheapest.')
  expect(claude.requests).toHaveLength(7)
})
