import { setTimeout as sleep } from 'node:timers/promises'
import { LoomError, toLoomError } from '../../core/errors.ts'
import { limits } from '../../core/limits.ts'
import type { ModelPort, ModelReply, ModelRequest } from '../../core/model.ts'
import type { Log } from '../../core/ports.ts'

/**
 * The one retry loop around a model: what may pass is tried again with growing, jittered pauses, everything else is
 * thrown at once. An abort ends it immediately, also in a pause.
 */
export async function callModel(
  deps: { model: ModelPort; log: Log },
  request: ModelRequest,
  signal: AbortSignal,
): Promise<ModelReply> {
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted()
    try {
      return await deps.model.call(request, signal)
    } catch (thrown) {
      signal.throwIfAborted()
      const error = toLoomError(thrown)
      if (!error.retryable || attempt >= limits.modelAttempts) throw spent(error)
      deps.log.warn({ kind: error.kind, detail: error.detail, attempt }, 'a model call is tried again')
      await sleep(500 * 2 ** attempt * (0.5 + Math.random() / 2), undefined, { signal })
    }
  }
}

/** After the last attempt nothing above shall try the same again. */
function spent(error: LoomError): LoomError {
  if (!error.retryable) return error
  return new LoomError({
    kind: error.kind,
    message: error.message,
    detail: error.detail,
    retryable: false,
    cause: error.cause ?? error,
  })
}
