import { toLoomError } from '../../core/errors.ts'
import type { Log } from '../../core/ports.ts'

/** The sentence of what went wrong; what is nobody's fault but ours is logged. */
export function sentenceOf(deps: { log: Log }, thrown: unknown, about: Record<string, unknown>): string {
  const error = toLoomError(thrown)
  if (error.kind === 'internal' || error.kind === 'corrupt') {
    deps.log.error({ ...about, kind: error.kind, detail: error.detail }, 'a press or command failed')
  } else deps.log.info({ ...about, kind: error.kind }, 'a press or command was refused')
  const passes = error.kind === 'unavailable' || error.kind === 'rate_limited'
  return passes ? `${error.message} Try again in a moment.` : error.message
}
