import { LoomError } from '../../../core/errors.ts'
import type { Provider } from './fault.ts'

/** Sentences. The same fault of several models is told once. */
export interface CheckedModels {
  ok: string[]
  faults: string[]
}

/**
 * Asks a provider for each model by name, all at once, and tells which it does not have. It asks for no reply, so it
 * costs nothing. `find` throws `LoomError`; `not_found` means that the key has no such model. Never throws.
 */
export async function checkModels(
  who: Pick<Provider, 'label'>,
  models: readonly string[],
  find: (model: string) => Promise<unknown>,
): Promise<CheckedModels> {
  const faults = await Promise.all(models.map((model) => faultOf(model, find, who)))
  const told = [...new Set(faults.filter((fault) => fault !== undefined))]
  const ok = told.length === 0 ? [`${who.label} answers and has ${models.join(', ')}.`] : []
  return { ok, faults: told }
}

async function faultOf(
  model: string,
  find: (model: string) => Promise<unknown>,
  { label }: Pick<Provider, 'label'>,
): Promise<string | undefined> {
  try {
    await find(model)
    return undefined
  } catch (thrown) {
    if (!(thrown instanceof LoomError)) return `${label} could not be asked.`
    return thrown.kind === 'not_found'
      ? `${label} does not have ${model} for this key. Choose another with npm run loom -- models.`
      : thrown.message
  }
}
