import { LoomError } from '../../core/errors.ts'
import { sayInThread } from '../../storage/deliveries/say.ts'
import { ensurePerson } from '../../storage/identities/ensure.ts'
import { takeOnce } from '../../storage/inbox/take-once.ts'
import type { Acting } from '../desk/desk.ts'
import { type TypedWatch, typedWatch } from '../desk/typed-watch.ts'
import { watchCalled } from '../desk/watch.ts'
import { type CameMessage, systemOf, type TakeDeps, type TakePlace } from './came.ts'

interface Taking {
  came: CameMessage
  place: TakePlace
  /** What the platform says now of who wrote it, where it can be asked. */
  standing?: Acting['standing']
}

/**
 * A mention that shows a job in its thread, or shows it there no more, is no brief: nothing of it is kept. What came of
 * it is told to who said it. Done at most once however often the message comes. Answers `false` for any other message.
 */
export async function takeWatch(deps: TakeDeps, input: Taking): Promise<boolean> {
  const { came, place } = input
  const { message, said } = came
  const isCalled = came.kind === 'said' && (said.direct || said.mentionsLoom)
  const typed = isCalled ? typedWatch(message.text) : undefined
  if (!typed || message.author.kind !== 'person') return false
  // A second event of the same message would find it done already, and say so instead.
  if (!(await takeOnce(deps.store, systemOf(place), { key: `watch:${came.key}`, kind: 'watch' }))) return true
  const text = await outcomeOf(deps, { ...input, typed })
  if (text === undefined) return true
  const { installationId } = place
  await sayInThread(deps.store, systemOf(place), {
    ...{ installationId, thread: came.thread, subject: `watch:${came.key}`, text },
    ...(said.direct ? {} : { onlyFor: message.author.externalId }),
  })
  return true
}

async function outcomeOf(deps: TakeDeps, input: Taking & { typed: TypedWatch }): Promise<string | undefined> {
  const { came, place, standing, typed } = input
  const { installationId, tenantId } = place
  const { thread } = came
  const { identityId, role } = await ensurePerson(deps.store, systemOf(place), {
    ...{ platform: deps.platform, externalId: came.message.author.externalId },
  })
  const acting: Acting = {
    ...{ account: { tenantId, installationId, identityId }, role, thread },
    ...(standing ? { standing } : {}),
  }
  const about = { tenantId, installationId, verb: typed.verb }
  try {
    const { changed, text } = await watchCalled(deps, acting, { ...typed, thread })
    deps.log.info({ ...about, changed }, 'a thread watches a job, or no more')
    // That a job is shown no more, the thread itself is told.
    return changed && typed.verb === 'unwatch' ? undefined : text
  } catch (thrown) {
    if (!(thrown instanceof LoomError) || thrown.kind === 'internal') throw thrown
    deps.log.info({ ...about, kind: thrown.kind }, 'a watch was refused')
    return thrown.message
  }
}
