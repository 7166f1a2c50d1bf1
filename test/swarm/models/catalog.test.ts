import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { priceOf } from '../../../src/core/prices.ts'
import { tiers } from '../../../src/core/words.ts'
import { defaultTiers, splitName } from '../../../src/swarm/models/catalog.ts'

/** Where the SDKs name the models that there are. */
const lists: Readonly<Record<string, string>> = {
  anthropic: '@anthropic-ai/sdk/resources/messages/messages.d.ts',
  openai: 'openai/resources/shared.d.ts',
}

const modules = path.resolve(import.meta.dirname, '../../../node_modules')
const named = tiers.flatMap((tier) => defaultTiers[tier].map((name) => [tier, name] as const))

test.each(named)('the model of the tier %s is one that the SDK names and that has a price: %s', (_, name) => {
  const { model, provider } = splitName(name)
  const list = lists[provider]
  expect(list).toBeDefined()
  expect(readFileSync(path.join(modules, list ?? ''), 'utf8')).toContain(`'${model}'`)
  expect(priceOf(provider, model)).toBeDefined()
})

test('every tier has a model of each provider, the first wish the same', () => {
  for (const tier of tiers) {
    expect(defaultTiers[tier].map((name) => splitName(name).provider)).toEqual(['anthropic', 'openai'])
  }
})
