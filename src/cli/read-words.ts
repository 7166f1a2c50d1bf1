import { type ParseArgsConfig, parseArgs } from 'node:util'
import { LoomError } from '../core/errors.ts'

/**
 * How a command's words are read. `howTo` is the whole answer to words that cannot be: it says how the command is called.
 */
export function wordsOf(howTo: string) {
  const notReadable = (cause?: unknown) => new LoomError({ kind: 'invalid_input', message: howTo, cause })
  return {
    notReadable,
    /** Throws `invalid_input` for an option that is none of these, or one without its value. */
    read<const Config extends ParseArgsConfig>(words: readonly string[], config: Config) {
      try {
        return parseArgs({ ...config, args: [...words] })
      } catch (cause) {
        throw notReadable(cause)
      }
    },
  }
}
