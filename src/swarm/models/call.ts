import type { ErrorKind } from '../../core/errors.ts'
import { LoomError, toLoomError } from '../../core/errors.ts'
import { limits } from '../../core/limits.ts'
import type { ModelReply, ModelRequest } from '../../core/model.ts'
import type { Clock, Log } from '../../core/ports.ts'
import { tryingAgain } from '../../core/words.ts'
import { waitWords } from '../outlast.ts'
import { choiceName, type ModelChoice } from './choice.ts'
import type { Health, Rest } from './health.ts'
import type { Limits, Passage } from './limits.ts'

export interface CallDeps {
  /** Those that the step may go to, the first wish first. */
  choices: readonly ModelChoice[]
  health: Health
  limits: Limits
  log: Log
  now: Clock
  /** From 0 to 1: those who wait for the same do not come back at the same moment. */
  random: () => number
  /** Waits; ends at once, throwing its reason, when the signal aborts. */
  pause: (ms: number, signal: AbortSignal) => Promise<void>
  /** Told in the person's words before a wait, so that the card need not be silent. */
  onWait: (words: string) => void
}

/** A request for one of the choices, and the upper bound of its input by which it was paid for. */
export interface Asked {
  request: ModelRequest
  inputTokens: number
}

type Candidate = Asked & { choice: ModelChoice; passage: Passage }

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

/** A shorter wait for room is not put on the card, and no reason to go elsewhere. */
const momentMs = 1_000

/** What may pass by itself, and what only another provider can help with. Everything else is the request's own fault. */
const handsOver: readonly ErrorKind[] = ['rate_limited', 'unavailable', 'forbidden', 'not_found']

/**
 * The one loop around the models: asks the first choice that is not resting and has room within its provider's limits;
 * a rate limit, an outage, a timeout or a refused key hands the step to the next; when none can be asked it waits for
 * the first to be back. Failures are borne for ten minutes in all; a wait for room is no failure and does not count.
 * `ask` makes the request for a choice, or `undefined` where the reservation does not pay for it. Final faults (too
 * large, declined, invalid) are thrown at once, never tried elsewhere. What is thrown is never retryable.
 */
export async function callModel(
  deps: CallDeps,
  ask: (choice: ModelChoice) => Asked | undefined,
  signal: AbortSignal,
): Promise<Called> {
  const candidates = deps.choices.flatMap((choice): Candidate[] => {
    const asked = ask(choice)
    if (!asked) return []
    const { userId: tenant, maxOutputTokens } = asked.request
    const { inputTokens } = asked
    const passage = deps.limits.passage(choice, { tenant, inputTokens, maxOutputTokens })
    return [{ choice, ...asked, passage }]
  })
  if (candidates.length === 0) throw noneAffordable()
  try {
    return await callFirst(deps, candidates, signal)
  } finally {
    for (const { passage } of candidates) passage.leave()
  }
}

async function callFirst(
  deps: CallDeps,
  candidates: readonly Candidate[],
  signal: AbortSignal,
): Promise<Called> {
  let deadlineMs = deps.now() + limits.modelPatienceMs
  const tried = new Set<ModelChoice>()
  let waited = 0
  let forRoomMs = 0

  for (;;) {
    signal.throwIfAborted()
    const found = await findNext(deps, candidates, { tried, forRoomMs })
    if (found.next) {
      tried.add(found.next.choice)
      const reply = await attempt(deps, found.next, signal)
      const { choice } = found.next
      if (reply) return { reply, choice, handover: handoverTo(deps, candidates, choice) }
      continue
    }
    const wait = found.full ?? nextWait(deps, candidates, { deadlineMs })
    if (found.full) {
      deadlineMs += wait.ms
      forRoomMs += wait.ms
    }
    if (wait.words) deps.onWait(wait.words)
    waited += 1
    deps.log.info(
      { waitMs: Math.round(wait.ms), waited },
      found.full ? 'no model has room' : 'every model rests',
    )
    await deps.pause(wait.ms, signal)
  }
}

/** Asks one model. `undefined`: it did not answer, and another may. */
async function attempt(
  deps: CallDeps,
  { choice, passage, request }: Candidate,
  signal: AbortSignal,
): Promise<ModelReply | undefined> {
  const watched = watchStore({ ...request, onLimits: passage.heard })
  try {
    const reply = await choice.port.call(watched.request, signal)
    passage.answered(reply.usage)
    deps.health.answered(choice)
    return reply
  } catch (thrown) {
    signal.throwIfAborted()
    const error = toLoomError(thrown)
    if (watched.threw(thrown) || !handsOver.includes(error.kind)) throw error
    passage.failed(error)
    deps.health.failed(choice, error)
    deps.log.warn(
      { model: choiceName(choice), kind: error.kind, detail: error.detail },
      'a model did not answer',
    )
    return undefined
  }
}

/**
 * The first choice that neither rests nor is at its limit, else how long until one of those at their limit has room.
 * For a moment's wait nobody changes the provider: the prefix lies in the first one's cache. When all rest, a refused
 * one that this step has not tried yet.
 */
async function findNext(
  deps: CallDeps,
  candidates: readonly Candidate[],
  input: { tried: ReadonlySet<ModelChoice>; forRoomMs: number },
): Promise<{ next?: Candidate | undefined; full?: { ms: number; words: string } }> {
  const { forRoomMs, tried } = input
  const awake = candidates.filter(({ choice }) => !deps.health.restOf(choice))
  let full: { ms: number; words: string } | undefined
  for (const candidate of awake) {
    const ms = await candidate.passage.take()
    if (ms === 0) return { next: candidate }
    const words = `${candidate.choice.port.label} is at its limit for now. ${tryingAgain}`
    if (!full || ms < full.ms) full = { ms, words: forRoomMs + ms < momentMs ? '' : words }
    if (forRoomMs + ms < momentMs) break
  }
  if (full) return { full: { ...full, ms: Math.min(full.ms, ...backInMs(deps, candidates)) } }
  return {
    next: candidates.find(({ choice }) => !tried.has(choice) && !mayPass(deps.health.restOf(choice))),
  }
}

/** How long until each of those that rest may be asked again. */
function backInMs(deps: CallDeps, candidates: readonly Candidate[]): number[] {
  return candidates.flatMap(({ choice }) => {
    const rest = deps.health.restOf(choice)
    return rest?.error.retryable ? Math.max(0, rest.untilMs - deps.now()) : []
  })
}

/** Where nobody else can be asked, one whose key was refused is asked again: it may have been mended meanwhile. */
function mayPass(rest: Rest | undefined): boolean {
  return rest?.error.retryable ?? true
}

/** How long to wait for the first choice to be back. Throws when none will, or none in time. */
function nextWait(
  deps: CallDeps,
  candidates: readonly Candidate[],
  input: { deadlineMs: number },
): { ms: number; words: string } {
  const rests = candidates.flatMap(({ choice }) => deps.health.restOf(choice) ?? [])
  const passing = rests.filter((rest) => rest.error.retryable).sort((a, b) => a.untilMs - b.untilMs)[0]
  const worst = passing ?? rests[0]
  // A rest can end between the two looks at the clock.
  if (rests.length < candidates.length || !worst) return { ms: 0, words: '' }
  if (!passing || passing.untilMs > input.deadlineMs) throw spent(worst.error)
  const ms = Math.max(0, passing.untilMs - deps.now()) * (1 + deps.random() / 10)
  return { ms, words: waitWords(passing.error) }
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

function handoverTo(
  deps: CallDeps,
  candidates: readonly Candidate[],
  choice: ModelChoice,
): Handover | undefined {
  const [first] = deps.choices
  if (!first || first === choice) return undefined
  const paidFor = candidates.some((candidate) => candidate.choice === first)
  const unrested = paidFor ? 'rate_limited' : 'cap_reached'
  return { from: choiceName(first), reason: deps.health.restOf(first)?.kind ?? unrested }
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
