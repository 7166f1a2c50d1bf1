export const anthropic = {
  provider: 'anthropic',
  label: 'Anthropic',
  keySetting: 'ANTHROPIC_API_KEY',
  address: 'https://api.anthropic.com',
} as const
