import { describe, expect, test } from 'vitest'
import { startAnthropic } from '../fakes/anthropic-server.ts'
import { startCompatible } from '../fakes/compatible-server.ts'
import { startOpenAi } from '../fakes/openai-server.ts'
import { documentOf, expectExit, useProcesses } from './processes.ts'
import {
  claudeSays,
  expectAnswer,
  expectPrices,
  files,
  gptSays,
  ownSays,
  pricesOf,
  steps,
  words,
} from './said.ts'

describe('the story brief, from the terminal', () => {
  const processes = useProcesses()

  const run = async (env: Record<string, string>) => {
    const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
    const ended = await processes.brief([...words, ...files], { cwd, env: { DATABASE_URL: bed.url, ...env } })
      .ended
    return { ended, bed, cwd }
  }

  test('runs on Claude: the tiers’ own models, every step priced by what its reply says', async () => {
    await using claude = await startAnthropic({ script: steps.map((said) => ({ reply: claudeSays(said) })) })
    const { bed, ended } = await run({ ANTHROPIC_API_KEY: 'test-key', ANTHROPIC_BASE_URL: claude.origin })
    expectExit(ended, 0)
    const document = documentOf(ended)
    expectAnswer(document)
    expect(document.receipt.handovers).toEqual([])
    await expectPrices(bed, document, pricesOf('anthropic/claude-sonnet-5-5', 'anthropic/claude-haiku-5-5'))
    const users = new Set(claude.requests.map(({ body }) => JSON.stringify(body.metadata)))
    expect([...users]).toEqual([expect.stringMatching(/^\{"user_id":"[0-9a-f]{32}"\}$/)])
  })

  test('runs on GPT, which is told to keep nothing', async () => {
    await using gpt = await startOpenAi({ script: steps.map((said) => ({ reply: gptSays(said) })) })
    const { bed, ended } = await run({ OPENAI_API_KEY: 'test-key', OPENAI_BASE_URL: `${gpt.origin}/v1` })
    expectExit(ended, 0)
    const document = documentOf(ended)
    expectAnswer(document)
    await expectPrices(bed, document, pricesOf('openai/gpt-5.6-terra', 'openai/gpt-5.6-luna'))
    for (const { body } of gpt.requests) {
      expect(body.store).toBe(false)
      expect(body).not.toHaveProperty('previous_response_id')
    }
  })

  test('goes over when one provider refuses the key, and says which on the receipt', async () => {
    await using claude = await startAnthropic({ script: [], apiKey: 'another-key', refusals: 1 })
    await using gpt = await startOpenAi({ script: steps.map((said) => ({ reply: gptSays(said) })) })
    const { bed, ended } = await run({
      ANTHROPIC_API_KEY: 'test-key',
      ANTHROPIC_BASE_URL: claude.origin,
      OPENAI_API_KEY: 'test-key',
      OPENAI_BASE_URL: `${gpt.origin}/v1`,
    })
    expectExit(ended, 0)
    const document = documentOf(ended)
    expectAnswer(document)
    expect(document.receipt.handovers.map(({ reason, steps: count }) => [reason, count])).toEqual([
      ['forbidden', 4],
      ['forbidden', 3],
    ])
    await expectPrices(bed, document, pricesOf('openai/gpt-5.6-terra', 'openai/gpt-5.6-luna'))
  })

  test('runs on a model server of one’s own, at the prices that the settings give it', async () => {
    await using own = await startCompatible({ script: steps.map((said) => ({ reply: ownSays(said) })) })
    const { bed, ended } = await run({
      COMPATIBLE_BASE_URL: `${own.origin}/v1`,
      COMPATIBLE_API_KEY: 'test-key',
      COMPATIBLE_MODELS: 'qwen3:8b',
      COMPATIBLE_PRICES: 'qwen3:8b=0.3/0.9',
    })
    expectExit(ended, 0)
    const document = documentOf(ended)
    expectAnswer(document)
    await expectPrices(bed, document, pricesOf('compatible/qwen3:8b', 'compatible/qwen3:8b'))
  })

  test('runs on the account’s own key, which comes before the installation’s and is shown nowhere', async () => {
    await using claude = await startAnthropic({
      script: steps.map((said) => ({ reply: claudeSays(said) })),
      apiKey: 'own-secret-key',
    })
    const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
    const env = {
      DATABASE_URL: bed.url,
      ANTHROPIC_API_KEY: 'the-installation-key',
      ANTHROPIC_BASE_URL: claude.origin,
    }
    const kept = processes.run('src/cli/loom.ts', ['key', 'anthropic'], {
      cwd,
      env,
      stdin: 'own-secret-key\n',
    })
    expectExit(await kept.ended, 0)
    const ended = await processes.brief([...words, ...files], { cwd, env }).ended
    expectExit(ended, 0)
    const document = documentOf(ended)
    expectAnswer(document)
    await expectPrices(bed, document, pricesOf('anthropic/claude-sonnet-5-5', 'anthropic/claude-haiku-5-5'))
    expect(ended.stdout + ended.stderr).not.toContain('own-secret')
  })
})
