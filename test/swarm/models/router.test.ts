import { describe, expect, test } from 'vitest'
import type { ModelPort } from '../../../src/core/model.ts'
import { freeOfCharge } from '../../../src/core/prices.ts'
import type { TenantModels } from '../../../src/storage/models/load.ts'
import { choiceName } from '../../../src/swarm/models/choice.ts'
import { createRouter, type KeyedAccess } from '../../../src/swarm/models/router.ts'

const tenantId = '0190e0a4-0000-7000-8000-000000000001'
const none: TenantModels = { tiers: {}, keys: {} }

function access(
  provider: 'anthropic' | 'openai',
  hasKey: boolean,
  opened: (string | undefined)[] = [],
): KeyedAccess {
  return {
    provider,
    hasKey,
    async open(key) {
      opened.push(key)
      return portOf(provider)
    },
  }
}

const portOf = (provider: string): ModelPort => ({
  provider,
  label: provider,
  countTokens: () => 0,
  call: () => Promise.reject(new Error('not asked here')),
})

const own = {
  provider: 'compatible',
  models: { deep: 'qwen3:32b', standard: 'qwen3:8b', quick: 'qwen3:8b' },
  priceOf: () => freeOfCharge,
  open: async () => portOf('compatible'),
}
const rehearsal = async () => ({
  port: portOf('rehearsal'),
  model: 'rehearsal',
  price: freeOfCharge,
  account: 'rehearsal',
})

const namesOf = async (
  router: ReturnType<typeof createRouter>,
  models: TenantModels,
  tier: 'deep' | 'quick' = 'deep',
) => (await router.choices({ tenantId, models, tier })).map(choiceName)

describe('the models of a tier', () => {
  test('are Claude’s and then GPT’s where there is a key for both', async () => {
    const router = createRouter({
      keyed: [access('anthropic', true), access('openai', true)],
      own: undefined,
      stepIn: rehearsal,
    })
    expect(await namesOf(router, none)).toEqual(['anthropic/claude-opus-5-5', 'openai/gpt-5.6-sol'])
    expect(await namesOf(router, none, 'quick')).toEqual([
      'anthropic/claude-haiku-5-5',
      'openai/gpt-5.6-luna',
    ])
  })

  test('are those of the one provider that has a key, then of the server of one’s own', async () => {
    const router = createRouter({
      keyed: [access('anthropic', false), access('openai', true)],
      own,
      stepIn: rehearsal,
    })
    expect(await namesOf(router, none)).toEqual(['openai/gpt-5.6-sol', 'compatible/qwen3:32b'])
  })

  test('are the account’s own choice, in its order', async () => {
    const router = createRouter({
      keyed: [access('anthropic', true), access('openai', true)],
      own,
      stepIn: rehearsal,
    })
    const chosen = { tiers: { deep: ['compatible/qwen3:32b', 'openai/gpt-5.4'] }, keys: {} }
    expect(await namesOf(router, chosen)).toEqual(['compatible/qwen3:32b', 'openai/gpt-5.4'])
    expect(await namesOf(router, chosen, 'quick')).toEqual([
      'anthropic/claude-haiku-5-5',
      'openai/gpt-5.6-luna',
      'compatible/qwen3:8b',
    ])
  })

  test('are the rehearsal model’s only where nobody has a key, and nobody’s where it may not step in', async () => {
    const keyed = [access('anthropic', false), access('openai', false)]
    expect(await namesOf(createRouter({ keyed, own: undefined, stepIn: rehearsal }), none)).toEqual([
      'rehearsal/rehearsal',
    ])
    await expect(
      namesOf(createRouter({ keyed, own: undefined, stepIn: undefined }), none),
    ).rejects.toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('anthropic/claude-opus-5-5'),
    })
  })

  test('that were chosen but cannot be called are an error in words, not another model in secret', async () => {
    const router = createRouter({
      keyed: [access('anthropic', true), access('openai', false)],
      own,
      stepIn: rehearsal,
    })
    const chosen = { tiers: { deep: ['openai/gpt-5.4'] }, keys: {} }
    await expect(namesOf(router, chosen)).rejects.toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('openai/gpt-5.4'),
    })
  })
})

describe('an account’s own key', () => {
  test('opens the provider in place of ours, under an account of its own', async () => {
    const opened: (string | undefined)[] = []
    const router = createRouter({
      keyed: [access('anthropic', true, opened), access('openai', false, opened)],
      own: undefined,
      stepIn: undefined,
    })
    const keys = {
      anthropic: { keyId: 'k1', key: 'sk-theirs' },
      openai: { keyId: 'k2', key: 'sk-theirs-too' },
    }
    const theirs = await router.choices({ tenantId, models: { tiers: {}, keys }, tier: 'deep' })
    const ours = await router.choices({ tenantId, models: none, tier: 'deep' })
    await router.choices({ tenantId, models: { tiers: {}, keys }, tier: 'quick' })
    expect(opened).toEqual(['sk-theirs', 'sk-theirs-too', undefined])
    expect(theirs.map(choiceName)).toEqual(['anthropic/claude-opus-5-5', 'openai/gpt-5.6-sol'])
    expect(ours.map(choiceName)).toEqual(['anthropic/claude-opus-5-5'])
    expect(new Set([...theirs, ...ours].map((choice) => choice.account)).size).toBe(3)
    expect(JSON.stringify([...theirs, ...ours].map((choice) => choice.account))).not.toContain('sk-')
  })

  test('that was changed is used at once', async () => {
    const opened: (string | undefined)[] = []
    const router = createRouter({
      keyed: [access('anthropic', true, opened)],
      own: undefined,
      stepIn: undefined,
    })
    for (const keyId of ['k1', 'k1', 'k2']) {
      const models = { tiers: {}, keys: { anthropic: { keyId, key: `sk-${keyId}` } } }
      await router.choices({ tenantId, models, tier: 'deep' })
    }
    expect(opened).toEqual(['sk-k1', 'sk-k2'])
  })
})
