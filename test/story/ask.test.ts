import { once } from 'node:events'
import { expect, test } from 'vitest'
import { startAnthropic } from '../fakes/anthropic-server.ts'
import { expectExit, useProcesses } from './processes.ts'
import { expectEndedOnce, rowsOf } from './rows.ts'
import { claudeSays, files } from './said.ts'

const processes = useProcesses()

const tokens = { input: 100, cached: 0, written: 0, output: 10 }
const toldOnce = {
  plan: {
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
  },
  ask: {
    calls: [
      {
        id: 'c_ask',
        name: 'ask_user',
        input: { question: 'Which currency do you want?', choices: ['Euro', 'Dollar'] },
      },
    ],
    tokens,
  },
  answer: { text: 'Solo is the cheapest, in dollars.', tokens },
}

test('a question outlives every process; the next worker finds its answer and ends the job', async () => {
  await using claude = await startAnthropic({
    script: [toldOnce.plan, toldOnce.ask, toldOnce.answer].map((said) => ({ reply: claudeSays(said) })),
  })
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  const env = { DATABASE_URL: bed.url, ANTHROPIC_API_KEY: 'test-key', ANTHROPIC_BASE_URL: claude.origin }
  const loom = (...words: string[]) => processes.loom(words, { cwd, env })

  const first = processes.brief(['Which plan is the cheapest?', ...files], { cwd, env })
  await first.says('? Prices asks: Which currency do you want?')
  await first.says('waiting for your answer')
  const exit = once(first.child, 'exit')
  first.child.kill('SIGKILL')
  await exit
  const rested = await rowsOf(bed.admin)
  expect(rested.jobs.map((job) => job.state)).toEqual(['suspended'])
  expect(rested.ready).toEqual([])
  expect(rested.budgets.filter((budget) => budget.reserved !== 0)).toEqual([])
  const jobId = rested.jobs[0]?.id ?? ''
  const shown = (await loom('show', jobId)).stdout
  for (const words of ['waits for your answer', '1. Euro', '2. Dollar', `npm run loom -- answer ${jobId}`])
    expect(shown).toContain(words)

  const second = processes.brief(['--continue'], { cwd, env })
  await second.says('? Prices asks: Which currency do you want?')
  expect(claude.requests).toHaveLength(2)
  const answered = await loom('answer', jobId, '2')
  expect(answered.stdout).toBe(
    'Which currency do you want?\nAnswered: Dollar\nThe job goes on, wherever Loom runs here next.\n',
  )
  const ended = await second.ended
  expectExit(ended, 0)
  expect(ended.stdout).toMatch(/Which currency do you want\? Answered by .+: Dollar/)
  expect(ended.stdout).toContain('Solo is the cheapest, in dollars.')

  expect(claude.requests).toHaveLength(3)
  expect(JSON.stringify(claude.requests[2]?.body.messages)).toContain('The person answered:\\n\\nDollar')
  expectEndedOnce(await rowsOf(bed.admin), { steps: 3, questions: 1 })
  expect((await loom('answer', jobId, 'Euro')).stdout).toBe(
    'That was answered already; the first answer stands.\n',
  )
  expect((await loom('approve', jobId)).stdout).toBe('The job waits for no approval now.\n')
})
