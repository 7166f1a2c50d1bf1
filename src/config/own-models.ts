import { type Price, usd } from '../core/prices.ts'
import { type Tier, tiers } from '../core/words.ts'

type Parsed<T> = { value: T } | { fault: string }

/**
 * `qwen3:32b` for every tier, or `deep=qwen3:32b,quick=qwen3:4b`: a tier that is not named gets the first one. Names
 * may hold colons and slashes, no commas.
 */
export function parseOwnModels(text: string): Parsed<Record<Tier, string>> {
  const entries = text.split(',').map((entry) => entry.trim())
  const named = entries.map((entry) => {
    const tier = tiers.find((candidate) => entry.startsWith(`${candidate}=`))
    return { tier, model: tier ? entry.slice(tier.length + 1).trim() : entry }
  })
  const [first] = named
  if (
    !first ||
    named.some(({ model }) => model === '') ||
    (named.length > 1 && named.some(({ tier }) => !tier))
  ) {
    return { fault: 'COMPATIBLE_MODELS must be one name, or deep=…,standard=…,quick=…' }
  }
  const modelOf = (tier: Tier) => named.find((entry) => entry.tier === tier)?.model ?? first.model
  return { value: { deep: modelOf('deep'), standard: modelOf('standard'), quick: modelOf('quick') } }
}

/** `qwen3:32b=0.20/0.80,qwen3:4b=0.05/0.10`: dollars per million tokens of input and of output. */
export function parseOwnPrices(text: string): Parsed<Record<string, Price>> {
  const prices: Record<string, Price> = {}
  for (const entry of text.split(',')) {
    const match = /^\s*(.+)=(\d{1,4}(?:\.\d{1,6})?)\/(\d{1,4}(?:\.\d{1,6})?)\s*$/.exec(entry)
    const [, model, input, output] = match ?? []
    if (!model) return { fault: 'COMPATIBLE_PRICES must be name=input/output in dollars per million tokens' }
    // A server of one's own says nothing of its cache: what it read from there costs no less.
    prices[model] = usd(Number(input), Number(input), Number(input), Number(output))
  }
  return { value: prices }
}
