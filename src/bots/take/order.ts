import type { Mention } from '../../core/brief.ts'
import { LoomError } from '../../core/errors.ts'
import type { Accepted } from '../../storage/briefs/accept.ts'
import { sayInThread } from '../../storage/deliveries/say.ts'
import { ensurePerson } from '../../storage/identities/ensure.ts'
import { receiveMention } from '../inbox.ts'
import { type CameMessage, systemOf, type TakeDeps, type TakePlace } from './came.ts'
import { sayScheduled } from './scheduled.ts'

interface Taking {
  came: CameMessage
  place: TakePlace
}

/** What comes later than this may come after replies to it. */
const lateMs = 2_000

/** An order on its way in: a new brief, a word for the running one, an answer, or the next one of its thread. */
export async function order(
  deps: TakeDeps,
  input: Taking & { key: string; prefix?: string },
): Promise<Accepted | undefined> {
  const { came, key, place, prefix = '' } = input
  const { installationId, tenantId } = place
  const { author, files, text } = came.message
  const person = await ensurePerson(deps.store, systemOf(place), {
    ...{ platform: deps.platform, externalId: author.externalId },
    ...(author.name === undefined ? {} : { name: author.name }),
  })
  const saidAtMs = came.edit?.atMs ?? came.message.saidAtMs
  const isReply = came.rootKey !== undefined
  const isLate = came.late || came.kind !== 'said' || deps.store.now() - saidAtMs > lateMs
  const mention: Mention = {
    ...{ thread: came.thread, key, text: prefix + text, files, saidAtMs },
    author: { externalId: author.externalId },
    // Messages before it, messages that it points at, and names: all of that is read by the gathering task. So is what
    // was said below one that comes late, or that calls Loom only since an edit: it was nothing to Loom when it came.
    joinsTurn: came.beside && prefix === '',
    hasHistory: isReply || isLate || came.pointsElsewhere,
  }
  const account = { tenantId, installationId, identityId: person.identityId }
  try {
    const accepted = await receiveMention(deps, { account, mention })
    const { thread } = came
    if (accepted.jobId && !isWord(accepted))
      await deps.inform(systemOf(place), { place, thread, jobId: accepted.jobId })
    if (accepted.kind === 'scheduled') {
      const { schedule } = accepted
      await sayScheduled(deps, { tenantId, installationId, thread, userId: author.externalId, schedule })
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

/** A word that is durable, seen by who asked alone where the platform can do that: bots are told nothing. */
export async function refuse(
  deps: TakeDeps,
  input: Taking & { subject: string; text: string },
): Promise<void> {
  const { came, place, subject, text } = input
  const { author } = came.message
  if (author.kind !== 'person') return
  const { installationId, tenantId } = place
  deps.log.info({ tenantId, installationId }, 'a message was refused')
  await sayInThread(deps.store, systemOf(place), {
    installationId,
    thread: came.thread,
    subject: `refused:${subject}`,
    text,
    ...(came.said.direct ? {} : { onlyFor: author.externalId }),
  })
}
