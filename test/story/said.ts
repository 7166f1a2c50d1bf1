import path from 'node:path'
import { expect } from 'vitest'
import type { BriefResult } from '../../src/bots/local/json-terminal.ts'
import type { FakeReply as ClaudeReply } from '../fakes/anthropic-server.ts'
import { deltasOf, type FakeReply as OwnReply } from '../fakes/compatible-server.ts'
import type { FakeReply as GptReply } from '../fakes/openai-server.ts'
import type { TestBed } from '../support/store.ts'
import { examples } from './processes.ts'

/** What a model says in one step, in no provider's format, and the tokens that its provider will count. */
interface Said {
  text?: string
  calls?: { id: string; name: string; input: object }[]
  tokens: { input: number; cached: number; written: number; output: number }
}

const plan = {
  title: 'What the pricing says',
  tasks: [
    {
      key: 'prices',
      title: 'Prices',
      objective: 'Name the cheapest plan.',
      files: ['inputs/pricing.json'],
      tier: 'quick',
    },
    {
      key: 'months',
      title: 'January',
      objective: 'Count the rows.',
      files: ['inputs/churn-january.csv'],
      needs: ['prices'],
    },
  ],
}

/** The story that every provider is told: a plan of two, one after the other, the first cheap; a look at a file, a report, an answer and its check. */
export const story: Record<
  'plan' | 'read' | 'write' | 'prices' | 'months' | 'answer' | 'review' | 'stays',
  Said
> = {
  plan: {
    calls: [{ id: 'c_plan', name: 'submit_plan', input: plan }],
    tokens: { input: 1_237, cached: 0, written: 911, output: 83 },
  },
  read: {
    text: 'I read the file first.',
    calls: [
      { id: 'c_read', name: 'read', input: { path: 'inputs/pricing.json' } },
      { id: 'c_list', name: 'list', input: {} },
    ],
    tokens: { input: 401, cached: 907, written: 13, output: 61 },
  },
  write: {
    calls: [
      {
        id: 'c_write',
        name: 'write',
        input: { path: 'final/note.md', content: '# Solo is the cheapest plan\n' },
      },
    ],
    tokens: { input: 703, cached: 905, written: 0, output: 53 },
  },
  prices: { text: 'Solo is the cheapest plan.', tokens: { input: 811, cached: 903, written: 7, output: 11 } },
  months: { text: 'January has 58 rows.', tokens: { input: 317, cached: 0, written: 0, output: 9 } },
  answer: { text: 'Solo is the cheapest.', tokens: { input: 1_009, cached: 611, written: 101, output: 17 } },
  review: {
    calls: [{ id: 'c_review', name: 'submit_review', input: { ok: true, faults: [] } }],
    tokens: { input: 607, cached: 0, written: 0, output: 19 },
  },
  /** What is said to a job has its plan gone over. */
  stays: { text: 'The plan stays as it is.', tokens: { input: 503, cached: 0, written: 0, output: 7 } },
}

export const claudeSays = ({ calls = [], text, tokens }: Said): ClaudeReply => ({
  content: [
    ...(text ? [{ type: 'text' as const, text }] : []),
    ...calls.map(({ id, input, name }) => ({
      type: 'tool_use' as const,
      id,
      name,
      json: JSON.stringify(input),
    })),
  ],
  usage: {
    input: tokens.input,
    cacheRead: tokens.cached,
    cacheWrite: tokens.written,
    output: tokens.output,
  },
})

export const gptSays = ({ calls = [], text, tokens }: Said): GptReply => ({
  output: [
    ...(text ? [{ type: 'message' as const, text }] : []),
    ...calls.map(({ id, input, name }) => ({
      type: 'function_call' as const,
      id,
      name,
      json: JSON.stringify(input),
    })),
  ],
  usage: {
    input: tokens.input + tokens.cached + tokens.written,
    cached: tokens.cached,
    written: tokens.written,
    output: tokens.output,
  },
})

export const ownSays = ({ calls = [], text, tokens }: Said): OwnReply => ({
  deltas: deltasOf({
    ...(text ? { text } : {}),
    calls: calls.map(({ id, input, name }) => ({ id, name, json: JSON.stringify(input) })),
  }),
  usage: {
    prompt_tokens: tokens.input + tokens.cached + tokens.written,
    completion_tokens: tokens.output,
  },
})

/** Dollars per million tokens: input, cache read, cache write, output; as the providers' pages say. */
const rates = {
  'anthropic/claude-sonnet-5-5': [2, 0.1, 2.5, 10],
  'anthropic/claude-haiku-5-5': [0.1, 0.01, 0.125, 0.5],
  'openai/gpt-5.6-terra': [2, 0.2, 2.5, 12],
  'openai/gpt-5.6-luna': [0.2, 0.02, 0.25, 1.2],
  'compatible/qwen3:8b': [0.3, 0.3, 0.3, 0.9],
} as const

/** Micro-dollars, worked out by hand: dollars per million are micro-dollars per token; rounded up once. */
function priceOf(model: keyof typeof rates, { tokens }: Said): number {
  const [input, read, write, output] = rates[model].map((rate) => Math.round(rate * 1_000_000))
  const picos =
    tokens.input * (input ?? 0) +
    tokens.cached * (read ?? 0) +
    tokens.written * (write ?? 0) +
    tokens.output * (output ?? 0)
  return Math.ceil(picos / 1_000_000)
}

export const words = ['--json', 'Which plan is the cheapest, and how many rows has January?']
export const files = ['pricing.json', 'churn-january.csv'].map((name) => path.join(examples, name))

/** Every step's price and the sums of them, as the rows and the receipt have them. */
export async function expectPrices(
  bed: TestBed,
  document: BriefResult,
  steps: readonly (readonly [keyof typeof rates, Said])[],
): Promise<void> {
  const rows = await bed.admin<{ name: string; cost: number }[]>`
    select provider || '/' || model as name, cost_micro_usd::float8 as cost from loom.usage_events`
  const expected = steps.map(([model, said]) => ({ name: model, cost: priceOf(model, said) }))
  const sorted = (list: readonly { name: string; cost: number }[]) =>
    list.map(({ cost, name }) => `${name} ${cost}`).sort()
  expect(sorted(rows)).toEqual(sorted(expected))
  const total = expected.reduce((sum, step) => sum + step.cost, 0)
  expect(document.receipt.costMicroUsd).toBe(total)
  const [budget] = await bed.admin`
    select sum(reserved_micro_usd)::int as reserved, sum(settled_micro_usd)::int as settled
    from loom.budgets where scope = 'job'`
  expect(budget).toEqual({ reserved: 0, settled: total })
}

export function expectAnswer(document: BriefResult): void {
  expect(document).toMatchObject({ outcome: 'done', answer: 'Solo is the cheapest.' })
  expect(document.files.map((file) => file.path)).toEqual(['final/note.md'])
}

export const steps = [
  story.plan,
  story.read,
  story.write,
  story.prices,
  story.months,
  story.answer,
  story.review,
]

/** The models of the story’s steps, by tier. */
export const pricesOf = (standard: keyof typeof rates, quick: keyof typeof rates) =>
  steps.map((said) => {
    const isQuick = [story.read, story.write, story.prices, story.review].includes(said)
    return [isQuick ? quick : standard, said] as const
  })
