import { LoomError } from '../../../core/errors.ts'
import type { Log } from '../../../core/ports.ts'
import type { Lane } from '../../../core/words.ts'
import type { Store, TenantContext } from '../../../storage/database.ts'
import { sayInThread } from '../../../storage/deliveries/say.ts'
import { ensurePerson } from '../../../storage/identities/ensure.ts'
import type { Acting, Standing } from '../../desk/desk.ts'
import { type TypedWatch, typedWatch } from '../../desk/typed-watch.ts'
import { watchCalled } from '../../desk/watch.ts'
import type { SlackPlace } from '../place.ts'
import { type Reading, threadMessageOf } from '../read/thread-message.ts'
import type { MessageEvent } from './event.ts'

interface WatchDeps {
  store: Store
  ring: (lane: Lane) => void
  log: Log
}

interface Taking {
  event: MessageEvent
  place: SlackPlace
  reading: Reading
  /** What Slack says of somebody now. */
  standingOf?: ((userId: string) => Promise<Standing>) | undefined
}

/**
 * A mention that shows a job in its thread, or shows it there no more, is no brief: nothing of it is kept. What came of
 * it is told to who said it, once however often the event comes. Answers `false` for any other message.
 */
export async function takeWatch(deps: WatchDeps, input: Taking): Promise<boolean> {
  const { event, place, reading } = input
  const { message, read } = threadMessageOf(event.message, reading)
  const isCalled = event.direct || read.mentionsLoom || event.message.type === 'app_mention'
  const typed = isCalled && event.kind === 'said' ? typedWatch(message.text) : undefined
  if (!typed || message.author.kind !== 'person') return false
  const { installationId, tenantId } = place
  const { externalId } = message.author
  const text = await outcomeOf(deps, { ...input, typed, externalId })
  const system: TenantContext = { tenantId, actor: { kind: 'system' } }
  await sayInThread(deps.store, system, {
    ...{ installationId, thread: event.thread, subject: `watch:${event.key}`, text },
    ...(event.direct ? {} : { onlyFor: externalId }),
  })
  return true
}

async function outcomeOf(
  deps: WatchDeps,
  input: Taking & { typed: TypedWatch; externalId: string },
): Promise<string> {
  const { event, externalId, place, standingOf, typed } = input
  const { installationId, tenantId } = place
  const system: TenantContext = { tenantId, actor: { kind: 'system' } }
  const { identityId, role } = await ensurePerson(deps.store, system, { platform: 'slack', externalId })
  const acting: Acting = {
    ...{ account: { tenantId, installationId, identityId }, role, thread: event.thread },
    ...(standingOf ? { standing: () => standingOf(externalId) } : {}),
  }
  try {
    const { changed, text } = await watchCalled(deps, acting, { ...typed, thread: event.thread })
    deps.log.info({ tenantId, installationId, verb: typed.verb, changed }, 'a thread watches, or no more')
    return text
  } catch (thrown) {
    // What passes is thrown on: Slack sends the event again.
    if (!(thrown instanceof LoomError) || (thrown.retryable && thrown.kind !== 'conflict')) throw thrown
    deps.log.info({ tenantId, installationId, verb: typed.verb, kind: thrown.kind }, 'a watch was refused')
    return thrown.message
  }
}
