import type { ChatPort, MessageRef, OutMessage } from '../../../core/chat.ts'
import type { Clock, Log } from '../../../core/ports.ts'
import type { ThreadId } from '../../../core/thread-id.ts'
import { createPace, type Pace, type Sleep } from '../../port/pace.ts'
import { createProgresses } from '../../port/progress.ts'
import { workStatus } from '../../port/work-status.ts'
import type { Calls } from './call.ts'
import { createEdits, type Edits } from './edit.ts'
import { type Fault, isTokenFault } from './fault.ts'
import { findPosted } from './find-posted.ts'
import { mustBePlace, type Place, placeOf } from './place.ts'
import { postAnswer } from './post-answer.ts'
import { postParts, type Sending } from './post-parts.ts'
import { freshSearch, type SlackProgress } from './progress.ts'
import { refOf } from './ref.ts'
import { removePost } from './remove.ts'
import { renderAny } from './render-any.ts'
import { createSessions, type Sessions } from './session.ts'
import { postDirectly, tellOfRefusal } from './tell-asker.ts'

/** What is known of an installation from call to call, whichever token it has. */
export interface InstallationState {
  pace: Pace
  progress: (nonce: string) => SlackProgress
  edits: Edits
  sessions: Sessions
  resting: Map<string, number>
  /** Threads of which whoever asked was told that nothing can be posted, by the kind of message. */
  told: Set<string>
}

export function createState(deps: { now: Clock; sleep: Sleep }): InstallationState {
  const pace = createPace(deps)
  return {
    pace,
    progress: createProgresses(freshSearch),
    edits: createEdits({ pace, render: renderAny }),
    sessions: createSessions(deps),
    resting: new Map(),
    told: new Set(),
  }
}

export interface PortDeps {
  calls: Calls
  state: InstallationState
  log: Log
  scopes: readonly string[]
  reinstallUrl: string | undefined
  /** Slack's id of whoever asked last in the thread. */
  askerOf: (thread: ThreadId) => Promise<string | undefined>
  /** Told of a thread whose channel Slack does not know any more; answers whether whoever asked there is told of it. */
  gone: (thread: ThreadId) => Promise<boolean>
  /** The token is of no use any more. */
  onTokenFault: () => void
}

/** How often a card may change. */
export const editEveryMs = 1_500

/** A card without news is looked at so often: its minutes are counted on, and its session is renewed in time. */
const renewEveryMs = 30_000

/** One installation's Slack as the outbox sees it. */
export function createSlackPort(deps: PortDeps): ChatPort {
  const { calls, state } = deps
  const hasSessions = deps.scopes.includes('assistant:write')

  const showSession = async (place: Place, message: OutMessage) => {
    if (!hasSessions) return
    if (message.kind === 'card')
      await state.sessions.show(calls, place, workStatus(message.card), message.card.title)
    if (message.kind === 'answer') await state.sessions.show(calls, place, 'active')
  }

  const refuse = async (thread: ThreadId, kind: OutMessage['kind'], fault: Fault): Promise<never> => {
    if (isTokenFault(fault)) deps.onTokenFault()
    await tellOfRefusal(deps, { thread, kind, fault })
    throw fault.error
  }

  const postNew = async (
    thread: ThreadId,
    message: OutMessage,
    input: { nonce: string; mayBeShown: boolean; progress: SlackProgress },
  ): Promise<MessageRef> => {
    const { nonce, progress } = input
    const place = mustBePlace(thread)
    const sending: Sending = { calls, pace: state.pace, place, nonce, progress }
    if (message.kind === 'notice' && message.notice.onlyFor !== undefined)
      return postOnlyFor(deps, sending, { thread, message, userId: message.notice.onlyFor })
    if (input.mayBeShown || progress.doubtful) {
      await findPosted(calls, { ...place, nonce, search: progress })
      progress.doubtful = false
    }
    const posted =
      message.kind === 'answer'
        ? await postAnswer(deps, sending, message.answer)
        : await postParts(sending, renderAny(message))
    if ('fault' in posted) return refuse(thread, message.kind, posted.fault)
    await showSession(place, message)
    return refOf({ channel: place.channel, nonce, ts: posted, files: [...progress.uploads] })
  }

  return {
    platform: 'slack',
    editEveryMs,
    renewEveryMs,
    serves: (thread) => placeOf(thread) !== undefined,
    async post(thread, message, { mayBeShown = false, nonce }) {
      mustBePlace(thread)
      const progress = state.progress(nonce)
      if (progress.ref !== undefined) return progress.ref
      progress.working ??= postNew(thread, message, { nonce, mayBeShown, progress }).finally(() => {
        progress.working = undefined
      })
      progress.ref = await progress.working
      return progress.ref
    },
    async edit(thread, ref, message) {
      const place = mustBePlace(thread)
      const fault = await state.edits.edit(calls, { thread, ref, message })
      // Of a question that cannot be changed nothing is said: it was seen.
      if (fault) await refuse(thread, message.kind === 'card' ? 'card' : 'notice', fault)
      await showSession(place, message)
    },
    async remove(thread, ref) {
      mustBePlace(thread)
      return removePost({ calls, pace: state.pace }, ref)
    },
  }
}

/** For one person's eyes; in a direct message where the place is closed to Loom. Slack cannot be asked whether it was shown, so a lost reply shows it twice rather than never. */
async function postOnlyFor(
  deps: PortDeps,
  sending: Sending,
  input: { thread: ThreadId; message: OutMessage; userId: string },
): Promise<MessageRef> {
  const { nonce, place } = sending
  const ts: string[] = []
  for (const { blocks, text } of renderAny(input.message)) {
    const args = { channel: place.channel, thread_ts: place.threadTs, user: input.userId, text, blocks }
    const outcome = await deps.calls.attempt('chat.postEphemeral', args)
    if (!outcome.ok && outcome.fault.place && ts.length === 0) return postDirectly(deps, nonce, input)
    if (!outcome.ok) throw outcome.fault.error
    ts.push(String(outcome.result.message_ts))
  }
  return refOf({ channel: place.channel, nonce, ts, files: [] })
}
