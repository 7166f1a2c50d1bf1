/**
 * How many tokens a model takes in, its reply included. Anthropic: the models' own pages, platform.claude.com/docs.
 * OpenAI: the models' own pages, developers.openai.com/api/docs. Looked up on 2026-11-24. What is not here is taken for
 * `usualTokens`, which every model that we know of has.
 */
const windows: Readonly<Record<string, number>> = {
  'anthropic/claude-opus-5-5': 1_000_000,
  'anthropic/claude-opus-5': 1_000_000,
  'anthropic/claude-sonnet-5-5': 1_000_000,
  'anthropic/claude-sonnet-5': 1_000_000,
  'anthropic/claude-haiku-5-5': 1_000_000,
  'openai/gpt-5.5': 1_050_000,
  'openai/gpt-5.4': 1_050_000,
  // It counts no tokens and pays for none.
  'rehearsal/rehearsal': Number.POSITIVE_INFINITY,
}

const usualTokens = 200_000
/** Models on people's own machines. */
const ownTokens = 128_000

export function windowOf(provider: string, model: string): number {
  const name = `${provider}/${model}`
  if (Object.hasOwn(windows, name)) return windows[name] ?? usualTokens
  return provider === 'compatible' ? ownTokens : usualTokens
}
