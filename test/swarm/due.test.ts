import { describe, expect, test } from 'vitest'
import type { ModelPort, Part, ResultPart } from '../../src/core/model.ts'
import { priceOf } from '../../src/core/prices.ts'
import type { StepRecord } from '../../src/storage/tasks/loaded.ts'
import type { Draft } from '../../src/swarm/allowance.ts'
import { comfortableTokens, dueCut } from '../../src/swarm/compaction/due.ts'
import { createGauge } from '../../src/swarm/compaction/gauge.ts'
import type { ModelChoice } from '../../src/swarm/models/choice.ts'
import { createTranscript } from '../../src/swarm/transcript.ts'
import { scriptedModel } from './swarm-bed.ts'

const choice = (provider: string, model: string): ModelChoice => {
  const port: ModelPort = { ...scriptedModel({}), provider }
  const price = priceOf(provider, model)
  if (!price) throw new Error(`no price for ${model}`)
  return { port, model, price, account: provider }
}
const first = { role: 'user', parts: [{ type: 'text', text: 'The brief.' }] } as const
const step = (ordinal: number, content: ResultPart[], summary?: StepRecord['summary']): StepRecord => {
  const reply: Part[] = [{ type: 'tool_call', id: `c${ordinal}`, name: 'read', input: {} }]
  const result = {
    type: 'tool_result',
    callId: `c${ordinal}`,
    name: 'read',
    content,
    isError: false,
  } as const
  return { ordinal, heard: [], reply, results: [result], ...(summary ? { summary } : {}) }
}
const words = (kilobytes: number): ResultPart => ({ type: 'text', text: 'x'.repeat(kilobytes * 1_000) })
const pdf: ResultPart = {
  type: 'document',
  mediaType: 'application/pdf',
  sha256: 'a'.repeat(64),
  name: 'a.pdf',
  pages: 20,
  textBytes: 0,
}

function cutOf(steps: readonly StepRecord[], mostTokens = 30_000) {
  const draft: Draft = {
    purpose: 'work',
    effort: 'low',
    userId: 'u',
    system: '',
    tools: [],
    mayCallTools: true,
    messages: createTranscript({ first, nudge: '' })(steps, []),
    readBlob: async () => new Uint8Array(),
  }
  return dueCut(createGauge(), { draft, steps, mostTokens })
}

describe('how full a transcript may be', () => {
  test('goes by the smallest of the models it may go to, and by where a long prompt is dearer', () => {
    const haiku = choice('anthropic', 'claude-haiku-5-5')
    const sonnet = choice('anthropic', 'claude-sonnet-5-5')
    expect(comfortableTokens([sonnet])).toBe(140_000)
    expect(comfortableTokens([sonnet, haiku])).toBe(70_000)
    expect(comfortableTokens([haiku, sonnet])).toBe(70_000)
  })
})

describe('what is cut', () => {
  test('nothing while it fits, and nothing where only the newest step is large', () => {
    expect(cutOf([step(0, [words(30)]), step(1, [words(30)])])).toBeUndefined()
    expect(cutOf([step(0, [words(1)]), step(1, [words(300)])])).toBeUndefined()
    expect(cutOf([])).toBeUndefined()
  })

  test('the older steps, so that the newest ones that fit stay word for word', () => {
    const steps = [0, 1, 2, 3, 4].map((ordinal) => step(ordinal, [words(ordinal < 3 ? 40 : 8)]))
    expect(cutOf(steps)).toEqual({ kind: 'summary', standsForBefore: 3 })
  })

  test('the pictures of older steps first, if that is enough', () => {
    expect(cutOf([step(0, [pdf]), step(1, [words(10)]), step(2, [words(1)])])).toEqual({
      kind: 'pictures',
      standsForBefore: 0,
    })
    // They would not be gone from the newest step, which nobody has read.
    expect(cutOf([step(0, [words(10)]), step(1, [pdf])])).toBeUndefined()
    expect(cutOf([step(0, [pdf]), step(1, [words(100)]), step(2, [words(1)])])).toEqual({
      kind: 'summary',
      standsForBefore: 2,
    })
  })

  test('not again what a summary stands for already', () => {
    const summary = { standsForBefore: 2, text: 'Notes.' }
    const steps = [0, 1, 2, 3].map((ordinal) => step(ordinal, [words(40)]))
    const noted = [...steps.slice(0, 3), step(3, [words(40)], summary)]
    expect(cutOf(noted)).toBeUndefined()
    expect(cutOf([...noted, step(4, [words(40)])])).toEqual({ kind: 'summary', standsForBefore: 4 })
  })
})

describe('the gauge', () => {
  const size = { bytes: 90_000, pictures: 0 }
  const usage = { inputTokens: 10_000, cacheReadTokens: 30_000, cacheWriteTokens: 5_000, outputTokens: 9 }

  test('guesses three bytes to a token until a reply says what it is for this text', () => {
    const gauge = createGauge()
    expect(gauge.tokensOf(size)).toBe(30_000)
    gauge.learn(size, usage)
    expect(gauge.tokensOf(size)).toBe(45_000)
  })

  test('takes pictures for themselves, and no nonsense for a rate', () => {
    const gauge = createGauge()
    gauge.learn({ bytes: 30_000, pictures: 35_000 }, usage)
    expect(gauge.tokensOf({ bytes: 30_000, pictures: 0 })).toBe(10_000)
    gauge.learn({ bytes: 30_000, pictures: 45_000 }, usage)
    gauge.learn(size, { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0 })
    expect(gauge.tokensOf({ bytes: 30_000, pictures: 0 })).toBe(10_000)
    gauge.learn({ bytes: 3, pictures: 0 }, usage)
    expect(gauge.tokensOf({ bytes: 12_000, pictures: 0 })).toBe(10_000)
  })
})
