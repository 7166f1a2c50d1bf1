import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { type FakeReply, startAnthropic } from '../fakes/anthropic-server.ts'
import { documentOf, examples, useProcesses } from './processes.ts'

const usage = (input: number, output: number, cacheRead = 0, cacheWrite = 0) => ({
  input,
  output,
  cacheRead,
  cacheWrite,
})

const planned: FakeReply = {
  content: [
    {
      type: 'tool_use',
      id: 'toolu_plan',
      name: 'submit_plan',
      json: JSON.stringify({
        title: 'What the pricing says',
        tasks: [
          {
            key: 'prices',
            title: 'Prices',
            objective: 'Name the cheapest plan.',
            files: ['inputs/pricing.json'],
          },
        ],
      }),
    },
  ],
  usage: usage(1_200, 80, 0, 900),
}

const reads: FakeReply = {
  content: [
    { type: 'text', text: 'I read the file first.' },
    { type: 'tool_use', id: 'toolu_read', name: 'read', json: '{"path":"inputs/pricing.json"}' },
    { type: 'tool_use', id: 'toolu_list', name: 'list', json: '{}' },
  ],
  usage: usage(400, 60, 900),
}

const writes: FakeReply = {
  content: [
    {
      type: 'tool_use',
      id: 'toolu_write',
      name: 'write',
      json: JSON.stringify({ path: 'final/note.md', content: '# Solo is the cheapest plan\n' }),
    },
  ],
  usage: usage(700, 50, 900),
}

const answers: FakeReply = {
  content: [{ type: 'text', text: 'Solo is the cheapest plan.' }],
  usage: usage(800, 12, 900),
}

/** Claude Sonnet in micro-dollars a token, times a thousand, so that it stays whole: 3, 0.30, 3.75 and 15 dollars a million. */
function price({ cacheRead, cacheWrite, input, output }: ReturnType<typeof usage>): number {
  return Math.ceil((3_000 * input + 300 * cacheRead + 3_750 * cacheWrite + 15_000 * output) / 1_000)
}

describe('a brief with a key', () => {
  const processes = useProcesses()

  test('is worked on by Claude, through the tools, and costs what the replies say', async () => {
    await using claude = await startAnthropic({
      script: [{ reply: planned }, { reply: reads }, { reply: writes }, { reply: answers }],
    })
    const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
    const env = { DATABASE_URL: bed.url, ANTHROPIC_API_KEY: 'test-key', ANTHROPIC_BASE_URL: claude.origin }
    const run = processes.brief(
      ['--json', 'Which plan is the cheapest?', path.join(examples, 'pricing.json')],
      { cwd, env },
    )
    const ended = await run.ended
    const document = documentOf(ended)

    expect([ended.code, document.answer]).toEqual([0, 'Solo is the cheapest plan.'])
    expect(document.answer).toBe('Solo is the cheapest plan.')
    expect(document.files.map((file) => file.path)).toEqual(['final/note.md'])
    const replies = [planned, reads, writes, answers].map((reply) => reply.usage as ReturnType<typeof usage>)
    expect(document.receipt.costMicroUsd).toBe(replies.reduce((sum, reply) => sum + price(reply), 0))
    const rows =
      await bed.admin`select cost_micro_usd::int as cost from loom.usage_events order by created_at, id`
    expect(rows.map((row) => row.cost)).toEqual(replies.map(price))
    const [left] =
      await bed.admin`select sum(reserved_micro_usd)::int as reserved, sum(settled_micro_usd)::int as settled from loom.budgets where scope = 'job'`
    expect(left).toEqual({ reserved: 0, settled: document.receipt.costMicroUsd })
  })

  test('that is refused says so in one sentence and costs nothing', async () => {
    await using claude = await startAnthropic({ script: [], apiKey: 'another-key', refusals: 1 })
    const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
    const env = { DATABASE_URL: bed.url, ANTHROPIC_API_KEY: 'test-key', ANTHROPIC_BASE_URL: claude.origin }
    const run = processes.brief(
      ['--json', 'Which plan is the cheapest?', path.join(examples, 'pricing.json')],
      { cwd, env },
    )
    const ended = await run.ended

    expect(ended.code).toBe(1)
    expect(documentOf(ended)).toMatchObject({ outcome: 'failed', receipt: { costMicroUsd: 0 } })
    expect(documentOf(ended).answer).toContain('ANTHROPIC_API_KEY')
  })
})
