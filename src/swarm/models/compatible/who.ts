import type { Provider } from '../wire/fault.ts'

export const compatible: Provider = {
  provider: 'compatible',
  label: 'Your model server',
  named: 'your model server',
  keySetting: 'COMPATIBLE_API_KEY',
  sentence(kind, words) {
    if (kind === 'unavailable') {
      return 'Your model server does not answer. Check that it runs and that COMPATIBLE_BASE_URL is its address.'
    }
    if (kind !== 'not_found') return undefined
    return /model/i.test(words)
      ? 'Your model server does not have the model that was asked for. Check COMPATIBLE_MODELS.'
      : 'Your model server does not know what was asked for. Check COMPATIBLE_MODELS, and COMPATIBLE_BASE_URL, which often ends in /v1.'
  },
}
