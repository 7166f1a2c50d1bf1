import { expect, test } from 'vitest'
import { startAnthropic } from '../fakes/anthropic-server.ts'
import { expectExit, useProcesses } from './processes.ts'
import { claudeSays, files, story } from './said.ts'

const processes = useProcesses()

test('a brief near its cap says so, pauses at it with what can be done, and is finished with what is there', async () => {
  const dearPlan = { ...story.plan, tokens: { input: 25_000, cached: 0, written: 0, output: 0 } }
  const script = [dearPlan, story.read, story.write, story.prices]
  await using claude = await startAnthropic({ script: script.map((said) => ({ reply: claudeSays(said) })) })
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  const env = { DATABASE_URL: bed.url, ANTHROPIC_API_KEY: 'test-key', ANTHROPIC_BASE_URL: claude.origin }
  const words = ['--cap', '0.06', 'Which plan is the cheapest, and how many rows has January?']
  const ended = await processes.brief([...words, ...files], { cwd, env }).ended
  expectExit(ended, 1)
  expect(ended.stdout.split('83 % of the cap is spent: $0.05 of $0.06.')).toHaveLength(2)
  expect(ended.stderr).toContain('Paused at the cap of $0.06; what was done is kept. You can\n')
  const [, jobId = ''] = /npm run loom -- finish (\S+), with what is there/.exec(ended.stderr) ?? []

  const loom = (...command: string[]) => processes.loom(command, { cwd, env })
  const finished = await loom('finish', jobId)
  expectExit(finished, 0)
  expect(finished.stdout).toBe(
    `The job is finished with what was there. See it: npm run loom -- show ${jobId}\n`,
  )
  const shown = await loom('show', jobId)
  expect(shown.stdout).toContain('Finished at your word with what was there: 1 of 2 agents had ended.')
  expect(shown.stdout).toContain('Solo is the cheapest plan.')
  expect(shown.stdout).toContain('final/note.md')
  expect((await loom('finish', jobId)).stdout).toBe('The job had ended already.\n')
})
