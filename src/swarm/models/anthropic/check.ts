import { checkBaseUrl, checkKey } from '../wire/base-url.ts'
import { type CheckedModels, checkModels } from '../wire/check-models.ts'
import { asLoomError, clientFor } from './client.ts'
import { anthropic } from './who.ts'

/** For the doctor: whether Anthropic takes the key and has the models. Throws `invalid_input` as `createAnthropic` does. */
export async function checkAnthropic(input: {
  apiKey: string
  baseUrl: string | undefined
  models: readonly string[]
}): Promise<CheckedModels> {
  const { apiKey, baseUrl, models } = input
  const connect = clientFor({
    apiKey: checkKey(anthropic.keySetting, apiKey, baseUrl),
    baseURL: checkBaseUrl('ANTHROPIC_BASE_URL', baseUrl ?? anthropic.address),
    timeout: 10_000,
  })
  return checkModels(anthropic, models, (model) =>
    connect({ beat: () => undefined })
      .models.retrieve(model)
      .catch((thrown: unknown) => {
        throw asLoomError(thrown)
      }),
  )
}
