export const openAi = {
  provider: 'openai',
  label: 'OpenAI',
  keySetting: 'OPENAI_API_KEY',
  address: 'https://api.openai.com/v1',
} as const
