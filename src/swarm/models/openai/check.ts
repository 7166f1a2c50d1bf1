import { checkBaseUrl, checkKey } from '../wire/base-url.ts'
import { type CheckedModels, checkModels } from '../wire/check-models.ts'
import { asLoomError, clientFor } from './client.ts'
import { openAi } from './who.ts'

/** For the doctor: whether OpenAI takes the key and has the models. Throws `invalid_input` as `createOpenAi` does. */
export async function checkOpenAi(input: {
  apiKey: string
  baseUrl: string | undefined
  models: readonly string[]
}): Promise<CheckedModels> {
  const { apiKey, baseUrl, models } = input
  const connect = clientFor({
    apiKey: checkKey(openAi.keySetting, apiKey, baseUrl),
    baseURL: checkBaseUrl('OPENAI_BASE_URL', baseUrl ?? openAi.address),
    timeout: 10_000,
  })
  return checkModels(openAi, models, (model) =>
    connect({ beat: () => undefined })
      .models.retrieve(model)
      .catch((thrown: unknown) => {
        throw asLoomError(openAi, thrown)
      }),
  )
}
