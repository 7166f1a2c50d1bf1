import { describe, expect, test } from 'vitest'
import { startAnthropic } from '../fakes/anthropic-server.ts'
import { startOpenAi } from '../fakes/openai-server.ts'
import { documentOf, expectExit, useProcesses } from './processes.ts'
import { claudeSays, expectAnswer, expectPrices, files, gptSays, story, words } from './said.ts'

describe('the story brief, from the terminal', () => {
  const processes = useProcesses()

  const run = async (env: Record<string, string>) => {
    const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
    const ended = await processes.brief([...words, ...files], { cwd, env: { DATABASE_URL: bed.url, ...env } })
      .ended
    return { ended, bed, cwd }
  }

  test('goes over to GPT in the middle of a task when Claude is overloaded, with the transcript, and back', async () => {
    await using claude = await startAnthropic({
      script: [
        { reply: claudeSays(story.plan) },
        { reply: claudeSays(story.read) },
        { status: 529, type: 'overloaded_error', headers: { 'retry-after': '3600' } },
        { reply: claudeSays(story.months) },
        { reply: claudeSays(story.answer) },
      ],
    })
    await using gpt = await startOpenAi({
      script: [story.write, story.prices, story.review].map((said) => ({ reply: gptSays(said) })),
    })
    const { bed, ended } = await run({
      ANTHROPIC_API_KEY: 'test-key',
      ANTHROPIC_BASE_URL: claude.origin,
      OPENAI_API_KEY: 'test-key',
      OPENAI_BASE_URL: `${gpt.origin}/v1`,
    })
    expectExit(ended, 0)
    const document = documentOf(ended)
    expectAnswer(document)
    expect(document.receipt.handovers).toEqual([
      { from: 'anthropic/claude-haiku-5-5', to: 'openai/gpt-5.6-luna', reason: 'unavailable', steps: 3 },
    ])
    await expectPrices(bed, document, [
      ['anthropic/claude-sonnet-5-5', story.plan],
      ['anthropic/claude-haiku-5-5', story.read],
      ['openai/gpt-5.6-luna', story.write],
      ['openai/gpt-5.6-luna', story.prices],
      ['anthropic/claude-sonnet-5-5', story.months],
      ['anthropic/claude-sonnet-5-5', story.answer],
      ['openai/gpt-5.6-luna', story.review],
    ])
    // What Claude had said and its tools had answered stands in what GPT was given.
    const given = JSON.stringify(gpt.requests[0]?.body.input)
    expect(given).toContain('I read the file first.')
    expect(given).toContain('"call_id":"c_read"')
    expect(given).toContain('c_list')
  })

  test('whose only key is refused says so in one sentence and costs nothing', async () => {
    await using claude = await startAnthropic({ script: [], apiKey: 'another-key', refusals: 1 })
    const { ended } = await run({ ANTHROPIC_API_KEY: 'test-key', ANTHROPIC_BASE_URL: claude.origin })
    expect(ended.code).toBe(1)
    expect(documentOf(ended)).toMatchObject({
      outcome: 'failed',
      answer: expect.stringContaining('Check ANTHROPIC_API_KEY.'),
      receipt: { costMicroUsd: 0 },
    })
  })
})
