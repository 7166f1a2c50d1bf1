import { LoomError } from '../../../core/errors.ts'
import { asLoomError, clientFor } from '../openai/client.ts'
import { checkBaseUrl, checkKey } from '../wire/base-url.ts'
import { type CheckedModels, checkModels } from '../wire/check-models.ts'
import { compatible } from './who.ts'

/**
 * For the doctor: whether the server answers and lists the models. Not every such server gives out one model by its
 * name, so the list is read. Throws `invalid_input` as `createCompatible` does.
 */
export async function checkCompatible(input: {
  apiKey: string | undefined
  baseUrl: string
  models: readonly string[]
}): Promise<CheckedModels> {
  const { apiKey = '', baseUrl, models } = input
  const connect = clientFor({
    apiKey: checkKey(compatible.keySetting, apiKey, baseUrl),
    baseURL: checkBaseUrl('COMPATIBLE_BASE_URL', baseUrl),
    timeout: 10_000,
  })
  try {
    const listed = new Set<string>()
    for await (const { id } of connect({ beat: () => undefined }).models.list()) listed.add(id)
    // Ollama lists a model without a tag as its latest.
    const has = (model: string) => listed.has(model) || listed.has(`${model}:latest`)
    return await checkModels(compatible, models, async (model) => {
      if (!has(model)) throw new LoomError({ kind: 'not_found', message: model })
    })
  } catch (thrown) {
    return { ok: [], faults: [asLoomError(compatible, thrown).message] }
  }
}
