import { setTimeout as sleep } from 'node:timers/promises'
import type { Mention } from '../../../core/brief.ts'
import { LoomError } from '../../../core/errors.ts'
import type { Log } from '../../../core/ports.ts'
import { parseThreadId } from '../../../core/thread-id.ts'
import type { Lane } from '../../../core/words.ts'
import type { Accepted } from '../../../storage/briefs/accept.ts'
import type { Store, TenantContext } from '../../../storage/database.ts'
import { sayInThread } from '../../../storage/deliveries/say.ts'
import { ensurePerson } from '../../../storage/identities/ensure.ts'
import { wasPrompt } from '../../../storage/threads/begun-by.ts'
import { findThread } from '../../../storage/threads/find.ts'
import { keepThreadMessage } from '../../../storage/threads/keep.ts'
import { threadTakenTo } from '../../../storage/threads/quick-turn.ts'
import type { Standing } from '../../desk/desk.ts'
import { receiveMention } from '../../inbox.ts'
import type { SlackClients } from '../clients.ts'
import type { SlackPlace } from '../place.ts'
import type { Names } from '../read/names.ts'
import { authorOf, momentOf, type Reading, threadMessageOf } from '../read/thread-message.ts'
import type { MessageEvent } from './event.ts'
import { informOnce } from './inform.ts'
import { isStranger, strangersWord, whyNotHere } from './refusals.ts'
import { type Heard, hear, type Known } from './rule.ts'
import { sayScheduled } from './scheduled.ts'
import { type ChangeDeps, takeChange, takeDeletion } from './take-change.ts'
import { takeWatch } from './take-watch.ts'

export interface TakeDeps {
  store: Store
  ring: (lane: Lane) => void
  log: Log
  names: Names
  clients: SlackClients
}

/**
 * Takes a message of Slack: an order becomes durable in one transaction, context is kept, the rest stays unread. No
 * chat and no model is called. The same message may come as two kinds of event, twice, late and out of order.
 */
export async function takeMessage(deps: TakeDeps, input: Taking): Promise<void> {
  const { event } = input.event.kind === 'said' ? input : await whereTaken(deps, input)
  const taking = { ...input, event }
  const change: ChangeDeps = {
    ...deps,
    readingOf: (of) => readingOf(deps, of),
    order: (of) => order(deps, of),
  }
  if (event.kind === 'deleted') return takeDeletion(change, taking)
  if (event.kind === 'changed') return takeChange(change, { ...taking, weigh: () => weigh(deps, taking) })
  const { heard, refused } = await weigh(deps, input)
  if (refused) await refuse(deps, { ...input, subject: event.key, text: refused })
  else if (heard === 'order' && (await takeWatch(deps, { ...input, reading: readingOf(deps, input) }))) return
  else if (heard === 'order') await order(deps, { ...input, key: event.key })
  else if (heard === 'context') await keep(deps, input)
}

/** A direct message that joined the job before it stands in that one's thread: its edit or deletion belongs there too. */
async function whereTaken(deps: TakeDeps, input: Taking): Promise<Taking> {
  const { event, place } = input
  if (!event.direct || event.rootKey !== undefined) return input
  const thread = await threadTakenTo(deps.store, systemOf(place), { key: event.key })
  return thread === undefined || thread === event.thread ? input : { ...input, event: { ...event, thread } }
}

interface Weighed {
  heard: Heard
  /** The sentence for who asked, where Loom may not work on it. */
  refused?: string
  live: boolean
}

/** What a message is to Loom in its thread. Top-level words cost no look at the database. */
async function weigh(deps: TakeDeps, { event, place }: Taking): Promise<Weighed> {
  const context = systemOf(place)
  const reading = readingOf(deps, { event, place })
  const { message, read } = threadMessageOf(event.message, reading)
  const stranger = isStranger(event, place)
  const known = await threadOf(deps, context, { event, author: message.author.externalId })
  const said = {
    author: message.author.kind,
    direct: event.direct,
    reply: event.rootKey !== undefined,
    mentionsLoom: read.mentionsLoom || event.message.type === 'app_mention',
    beginsWithOther: read.beginsWithOther,
    botMayOrder: place.settings.botChannels.includes(event.channel),
  }
  const live = known?.live === true
  const heard = hear(stranger ? { ...said, author: 'stranger' } : said, known)
  const whyNot = whyNotHere(event, place)
  if (stranger && said.mentionsLoom) return { heard, refused: whyNot ?? strangersWord, live }
  if (heard !== 'nothing' && whyNot) {
    // Where Loom may not work it keeps nothing either, and speaks only to who spoke to it.
    return said.mentionsLoom || event.direct ? { heard, refused: whyNot, live } : { heard: 'nothing', live }
  }
  return { heard, live }
}

interface Taking {
  event: MessageEvent
  place: SlackPlace
  /** Slack had sent it before. */
  retried?: boolean
  /** What Slack says of somebody now. */
  standingOf?: (userId: string) => Promise<Standing>
}

/** What comes later than this may come after replies to it. */
const lateMs = 2_000

/** The first message of a thread so young may be a mention that is being taken at this moment, beside the reply. */
const youngMs = 10_000
const lookAgainMs = 300

function isYoung({ store }: TakeDeps, event: MessageEvent): boolean {
  const { thread } = parseThreadId(event.thread)
  return event.rootKey !== undefined && store.now() - momentOf(thread) < youngMs
}

async function threadOf(
  deps: TakeDeps,
  context: TenantContext,
  input: { event: MessageEvent; author: string },
): Promise<Known | undefined> {
  const { event } = input
  // Nothing was said before in a thread that begins with this message, unless it comes again, changed.
  if (event.rootKey === undefined && event.kind === 'said') return undefined
  const { thread } = event
  const look = () => findThread(deps.store, context, { thread })
  const found = (await look()) ?? (isYoung(deps, event) ? await sleep(lookAgainMs).then(look) : undefined)
  if (!found) return undefined
  if (found.live) return { live: true, ownThread: false }
  if (!found.last) return undefined
  const rootKey = event.rootKey ?? event.key
  const { identityId } = await ensurePerson(deps.store, context, {
    platform: 'slack',
    externalId: input.author,
  })
  const ownThread =
    found.last.askedBy === identityId && (await wasPrompt(deps.store, context, { thread, key: rootKey }))
  return { live: false, ownThread }
}

/** An order on its way in: a new brief, a word for the running one, an answer, or the next one of its thread. */
async function order(
  deps: TakeDeps,
  input: Taking & { key: string; prefix?: string },
): Promise<Accepted | undefined> {
  const { event, key, place, prefix = '' } = input
  const { installationId, tenantId } = place
  const { message, read } = threadMessageOf(event.message, readingOf(deps, input))
  const author = { platform: 'slack', externalId: message.author.externalId } as const
  const person = await ensurePerson(deps.store, systemOf(place), {
    ...author,
    ...(message.author.name === undefined ? {} : { name: message.author.name }),
  })
  const saidAtMs = momentOf(event.editedTs ?? event.ts)
  const isReply = event.rootKey !== undefined
  const isFirst = event.kind === 'said' && input.retried !== true
  const isLate = !isFirst || deps.store.now() - saidAtMs > lateMs
  const mention: Mention = {
    thread: event.thread,
    key,
    author: { externalId: message.author.externalId },
    text: prefix + message.text,
    files: message.files,
    saidAtMs,
    // Messages before it, messages that it points at, and names: all of that is read by the gathering task. So is what
    // was said below one that comes late, or that calls Loom only since an edit: it was nothing to Loom when it came.
    joinsTurn: event.direct && !isReply && prefix === '',
    hasHistory: isReply || isLate || read.permalinks.length > 0 || read.nameless.length > 0,
  }
  const account = { tenantId, installationId, identityId: person.identityId }
  try {
    const accepted = await receiveMention(deps, { account, mention })
    const context = systemOf(place)
    const { thread } = event
    if (accepted.jobId && !isWord(accepted))
      await informOnce(deps, context, { place, thread, jobId: accepted.jobId })
    if (accepted.kind === 'scheduled') {
      const { schedule } = accepted
      const userId = message.author.externalId
      await sayScheduled(deps, { tenantId, installationId, thread, userId, schedule })
    }
    return accepted
  } catch (thrown) {
    if (!(thrown instanceof LoomError) || thrown.retryable || !forThePerson.has(thrown.kind)) throw thrown
    await refuse(deps, { ...input, subject: key, text: thrown.message })
    return undefined
  }
}

/** One more word for a job, which may be in another thread than the message. */
function isWord({ kind }: Accepted): boolean {
  return kind === 'steered' || kind === 'answered'
}

const forThePerson = new Set(['invalid_input', 'too_large', 'forbidden'])

async function keep(deps: TakeDeps, input: Taking): Promise<void> {
  const { event, place } = input
  const { message } = threadMessageOf(event.message, readingOf(deps, input))
  if (message.text === '' && message.files.length === 0) return
  await keepThreadMessage(deps.store, systemOf(place), { thread: event.thread, message })
}

/** A word that is durable, seen by who asked alone where Slack can do that: bots are told nothing. */
async function refuse(deps: TakeDeps, input: Taking & { subject: string; text: string }): Promise<void> {
  const { event, place, subject, text } = input
  const author = authorOf(event.message, readingOf(deps, input))
  if (author.kind !== 'person') return
  const { installationId, tenantId } = place
  deps.log.info({ tenantId, installationId }, 'a message was refused')
  await sayInThread(deps.store, systemOf(place), {
    installationId,
    thread: event.thread,
    subject: `refused:${subject}`,
    text,
    ...(event.direct ? {} : { onlyFor: author.externalId }),
  })
}

function readingOf(deps: TakeDeps, { event, place }: { event: MessageEvent; place: SlackPlace }): Reading {
  return {
    teamId: place.externalId,
    channel: event.channel,
    botUserId: place.botUserId,
    appId: place.appId,
    nameOf: (id: string) => deps.names.known(place.tenantId, id),
  }
}

export function systemOf({ tenantId }: { tenantId: string }): TenantContext {
  return { tenantId, actor: { kind: 'system' } }
}
