import type { ErrorKind } from '../../core/errors.ts'
import { LoomError, toLoomError } from '../../core/errors.ts'
import { limits } from '../../core/limits.ts'
import type { ModelReply, ModelRequest } from '../../core/model.ts'
import type { Clock, Log } from '../../core/ports.ts'
import { waitWords } from '../outlast.ts'
import { choiceName, type ModelChoice } from './choice.ts'
import type { Health, Rest } from './health.ts'

export interface CallDeps {
  /** Those that the step may go to, the first wish first. */
  choices: readonly ModelChoice[]
  health: Health
  log: Log
  now: Clock
  /** Waits; ends at once, throwing its reason, when the signal aborts. */
  pause: (ms: number, signal: AbortSignal) => Promise<void>
  /** Told in the person's words before a wait, so that the card need not be silent. */
  onWait: (words: string) => void
}

/** Which model would have been asked first, and why it was not the one that answered. */
export interface Handover {
  from: string
  reason: ErrorKind
}

export interface Called {
  reply: ModelReply
  choice: ModelChoice
  handover: Handover | undefined
}

/** What may pass by itself, and what only another provider can help with. Everything else is the request's own fault. */
const handsOver: readonly ErrorKind[] = ['rate_limited', 'unavailable', 'forbidden', 'not_found']

/**
 * The one loop around the models: asks the first choice that is not resting; a rate limit, an outage, a timeout or a
 * refused key hands the step to the next; when all rest it waits for the first to be back, ten minutes in all. `ask`
 * makes the request for a choice, or `undefined` where the reservation does not pay for it. Final faults (too large,
 * declined, invalid) are thrown at once, never tried elsewhere. What is thrown is never retryable.
 */
export async function callModel(
  deps: CallDeps,
  ask: (choice: ModelChoice) => ModelRequest | undefined,
  signal: AbortSignal,
): Promise<Called> {
  const deadlineMs = deps.now() + limits.modelPatienceMs
  const affordable = deps.choices.flatMap((choice) => {
    const request = ask(choice)
    return request ? [{ choice, request }] : []
  })
  if (affordable.length === 0) throw noneAffordable()
  const tried = new Set<ModelChoice>()
  let waited = 0

  for (;;) {
    signal.throwIfAborted()
    const next =
      affordable.find(({ choice }) => !deps.health.restOf(choice)) ??
      affordable.find(({ choice }) => !tried.has(choice) && !mayPass(deps.health.restOf(choice)))
    if (!next) {
      const wait = nextWait(deps, affordable, { deadlineMs })
      if (wait.words) deps.onWait(wait.words)
      waited += 1
      deps.log.info({ waitMs: Math.round(wait.ms), waited }, 'every model rests')
      await deps.pause(wait.ms, signal)
      continue
    }
    const { choice, request } = next
    tried.add(choice)
    const store = watchStore(request)
    try {
      const reply = await choice.port.call(store.request, signal)
      deps.health.answered(choice)
      return { reply, choice, handover: handoverTo(deps, choice) }
    } catch (thrown) {
      signal.throwIfAborted()
      const error = toLoomError(thrown)
      if (store.threw(thrown) || !handsOver.includes(error.kind)) throw error
      deps.health.failed(choice, error)
      deps.log.warn(
        { model: choiceName(choice), kind: error.kind, detail: error.detail },
        'a model did not answer',
      )
    }
  }
}

/** Where nobody else can be asked, one whose key was refused is asked again: it may have been mended meanwhile. */
function mayPass(rest: Rest | undefined): boolean {
  return rest?.error.retryable ?? true
}

/** How long to wait for the first choice to be back. Throws when none will, or none in time. */
function nextWait(
  deps: CallDeps,
  affordable: readonly { choice: ModelChoice }[],
  input: { deadlineMs: number },
): { ms: number; words: string } {
  const rests = affordable.flatMap(({ choice }) => deps.health.restOf(choice) ?? [])
  const passing = rests.filter((rest) => rest.error.retryable).sort((a, b) => a.untilMs - b.untilMs)[0]
  const worst = passing ?? rests[0]
  // A rest can end between the two looks at the clock.
  if (rests.length < affordable.length || !worst) return { ms: 0, words: '' }
  if (!passing || passing.untilMs > input.deadlineMs) throw spent(worst.error)
  return { ms: Math.max(0, passing.untilMs - deps.now()), words: waitWords(passing.error) }
}

/** Tells a store that could not give a picture from a provider that does not answer: no other provider helps with that. */
function watchStore(request: ModelRequest): { request: ModelRequest; threw(thrown: unknown): boolean } {
  let fault: { thrown: unknown } | undefined
  const readBlob: ModelRequest['readBlob'] = async (sha256, signal) => {
    try {
      return await request.readBlob(sha256, signal)
    } catch (thrown) {
      fault = { thrown }
      throw thrown
    }
  }
  return { request: { ...request, readBlob }, threw: (thrown) => fault?.thrown === thrown }
}

function handoverTo(deps: CallDeps, choice: ModelChoice): Handover | undefined {
  const [first] = deps.choices
  if (!first || first === choice) return undefined
  return { from: choiceName(first), reason: deps.health.restOf(first)?.kind ?? 'cap_reached' }
}

function noneAffordable(): LoomError {
  return new LoomError({ kind: 'cap_reached', message: 'The cap leaves no room for another step.' })
}

/** After all patience nothing above shall try the same again. */
function spent(error: LoomError): LoomError {
  if (!error.retryable) return error
  const { detail, kind, message } = error
  return new LoomError({ kind, message, detail, retryable: false, cause: error.cause ?? error })
}
