import type { ChatPort, MessageRef, Notice, OutMessage } from '../../../core/chat.ts'
import { LoomError } from '../../../core/errors.ts'
import type { Clock } from '../../../core/ports.ts'
import type { ThreadId } from '../../../core/thread-id.ts'
import type { Pace } from '../../port/pace.ts'
import { createProgresses } from '../../port/progress.ts'
import { workStatus } from '../../port/work-status.ts'
import { cardTitle } from '../../words/card-words.ts'
import { renderNotice } from '../render/notice.ts'
import type { DiscordRest } from '../rest.ts'
import { directly, openDirect } from './direct.ts'
import { createEdits, type Edits } from './edit.ts'
import type { FewAtOnce } from './few-at-once.ts'
import { findPosted } from './find-posted.ts'
import { mustBePlace, type Place, placeOf } from './place.ts'
import { postAnswer } from './post-answer.ts'
import { postParts, type Refused, type Sending } from './post-parts.ts'
import { type DiscordProgress, nothingNoted } from './progress.ts'
import { type Posted, refOf } from './ref.ts'
import { clearThread, removePost } from './remove.ts'
import { renderAny } from './render-any.ts'
import type { Spots } from './spots.ts'
import { type TellingDeps, tellOfRefusal } from './tell-of-refusal.ts'
import type { Typing } from './typing.ts'
import type { UploadLimit } from './upload.ts'

/** What all installations share: Discord counts by channel and by bot. */
export interface Shared {
  rest: DiscordRest
  pace: Pace
  spots: Spots
  typing: Typing
  fewAtOnce: FewAtOnce
  now: Clock
}

/** What is known of an installation from call to call. */
export interface InstallationState {
  progress: (nonce: string) => DiscordProgress
  edits: Edits
  /** Threads of which whoever asked was told that nothing can be posted, by the kind of message. */
  told: Set<string>
}

export function createState(shared: Shared): InstallationState {
  return { progress: createProgresses(nothingNoted), edits: createEdits(shared), told: new Set() }
}

export interface PortDeps extends Shared, TellingDeps {
  state: InstallationState
  /** The bot's own id. Throws what passes. */
  selfId: () => Promise<string>
  /** What Discord takes of one file there. */
  uploadLimit: () => Promise<UploadLimit>
}

/** How often a card may change. */
export const editEveryMs = 1_500

/** A card without news is looked at so often: its minutes are counted on, and the sign of typing does not run out. */
const renewEveryMs = 9_000

/** One installation's Discord as the outbox sees it. */
export function createDiscordPort(deps: PortDeps): ChatPort {
  const { rest, spots, state } = deps

  const showTyping = async (place: Place, message: OutMessage) => {
    if (message.kind !== 'card' || workStatus(message.card) !== 'processing') return
    await deps.typing.show(spots.spotOf(place).channel)
  }

  const sendingOf = (thread: ThreadId, message: OutMessage, nonce: string): Sending => ({
    ...{ rest, pace: deps.pace, spots, fewAtOnce: deps.fewAtOnce, place: mustBePlace(thread), nonce },
    progress: state.progress(nonce),
    title: titleOf(message),
  })

  const postNew = async (thread: ThreadId, message: OutMessage, sending: Sending, mayBeShown: boolean) => {
    const { place, progress } = sending
    if (message.kind === 'notice' && message.notice.onlyFor !== undefined)
      return postOnlyFor(sending, { ...message.notice, onlyFor: message.notice.onlyFor }, mayBeShown)
    if (mayBeShown || progress.doubtful) {
      await look(sending, place)
      progress.doubtful = false
    }
    const posted =
      message.kind === 'answer'
        ? await postAnswer(sending, message.answer, await deps.uploadLimit())
        : await postParts(sending, renderAny(message))
    if ('fault' in posted) {
      await tellOfRefusal(deps, { thread, kind: message.kind, fault: posted.fault, sending })
      throw posted.fault.error
    }
    await showTyping(place, message)
    return refOf({ nonce: sending.nonce, messages: posted })
  }

  return {
    platform: 'discord',
    editEveryMs,
    renewEveryMs,
    serves: (thread) => placeOf(thread) !== undefined,
    async post(thread, message, { mayBeShown = false, nonce }) {
      const sending = sendingOf(thread, message, nonce)
      const { progress } = sending
      if (progress.ref !== undefined) return progress.ref
      progress.working ??= postNew(thread, message, sending, mayBeShown).finally(() => {
        progress.working = undefined
      })
      progress.ref = await progress.working
      return progress.ref
    },
    async edit(thread, ref, message) {
      const place = mustBePlace(thread)
      const fault = await state.edits.edit({ place, ref, message })
      if (fault) {
        const sending = sendingOf(thread, message, ref)
        if (message.kind === 'card') await tellOfRefusal(deps, { thread, kind: message.kind, fault, sending })
        throw fault.error
      }
      await showTyping(place, message)
    },
    async remove(thread, ref) {
      mustBePlace(thread)
      return removePost(deps, ref)
    },
    async clear(thread) {
      return clearThread({ ...deps, selfId: await deps.selfId() }, mustBePlace(thread))
    },
  }
}

/** Notes what stands of a delivery already: in its thread or, where there was none to be had, in the channel. */
async function look({ nonce, progress, rest, spots }: Sending, place: Place): Promise<void> {
  const there = await findPosted(rest, { channel: place.thread, nonce, noted: progress })
  if (there) spots.stands(place)
  else if (place.channel !== place.thread)
    await findPosted(rest, { channel: place.channel, nonce, noted: progress })
}

/** For one person's eyes: a direct message or, where they take none, the thread, where nobody is named. */
async function postOnlyFor(
  sending: Sending,
  notice: Notice & { onlyFor: string },
  mayBeShown: boolean,
): Promise<MessageRef> {
  const { nonce, place, progress } = sending
  const direct = await openDirect(sending.rest, notice.onlyFor)
  const channel = 'fault' in direct ? undefined : direct.channel
  let posted: Posted[] | Refused = 'fault' in direct ? direct : []
  if (channel !== undefined) {
    if (mayBeShown || progress.doubtful) await look(sending, { channel, thread: channel })
    const isHere = channel === place.thread
    const about = isHere ? {} : { about: sending.spots.isStanding(place) ? place.thread : place.channel }
    posted = await postParts(directly(sending, channel), renderNotice(notice, about))
  }
  if ('fault' in posted && !posted.fault.error.retryable && channel !== place.thread) {
    if (mayBeShown || progress.doubtful) await look(sending, place)
    posted = await postParts(sending, renderNotice(notice))
  }
  if ('fault' in posted) throw posted.fault.error
  progress.doubtful = false
  return refOf({ nonce, messages: posted })
}

/** What a thread is called that begins with this message. */
function titleOf(message: OutMessage): string {
  if (message.kind === 'card') return cardTitle(message.card)
  return message.kind === 'answer' ? message.answer.title : ''
}

export function noLongerInstalled(): LoomError {
  return new LoomError({
    kind: 'forbidden',
    message: 'Loom is no longer installed there.',
    detail: 'discord installation revoked',
  })
}
