import { LoomError } from '../../core/errors.ts'
import type { Parts } from '../../roles/parts.ts'
import type { Store, TenantContext } from '../../storage/database.ts'

/** A command of `npm run loom`. `run` answers what is printed; it throws `LoomError` with the sentence for the person. */
export interface Command {
  name: string
  usage: string
  help: string
  run(deps: { parts: Parts; store: Store; context: TenantContext }, words: readonly string[]): Promise<string>
}

/** A word that must be an id. */
export function idFrom(words: readonly string[], at: number, what: string): string {
  const word = words[at] ?? ''
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(word)) return word
  throw new LoomError({
    kind: 'invalid_input',
    message: `Name the ${what} by its id, as npm run loom -- jobs and npm run loom -- show print it.`,
  })
}

export function notFound(what: string): LoomError {
  return new LoomError({ kind: 'not_found', message: `There is no such ${what} here.` })
}
