import { parseThreadId } from '../../../core/thread-id.ts'
import type { Came } from '../../take/came.ts'
import { whyNotHere } from '../../take/refusals.ts'
import type { SlackPlace } from '../place.ts'
import { readMessage } from '../read/message.ts'
import type { Names } from '../read/names.ts'
import { momentOf, type Reading, threadMessageOf } from '../read/thread-message.ts'
import type { MessageEvent } from './event.ts'
import { isStranger } from './stranger.ts'

/** An event of Slack as the flow of all platforms takes it. `retried`: Slack had sent it before. */
export function cameOf(
  deps: { names: Names },
  { event, place, retried }: { event: MessageEvent; place: SlackPlace; retried: boolean },
): Came {
  const { direct, editedTs, key, kind, rootKey, thread } = event
  const beside = direct && rootKey === undefined
  if (kind === 'deleted') return { kind, thread, key, beside }
  const reading = readingOf(deps, { event, place })
  const { message, read } = threadMessageOf(event.message, reading)
  const before = kind === 'changed' ? readMessage(event.before, reading) : undefined
  return {
    ...{ kind, thread, key, beside, rootKey, message },
    ...(before ? { before } : {}),
    ...(editedTs === undefined ? {} : { edit: { id: editedTs, atMs: momentOf(editedTs) } }),
    begunAtMs: momentOf(parseThreadId(thread).thread),
    said: {
      author: isStranger(event, place) ? 'stranger' : message.author.kind,
      direct,
      reply: rootKey !== undefined,
      mentionsLoom: read.mentionsLoom || event.message.type === 'app_mention',
      beginsWithOther: read.beginsWithOther,
      botMayOrder: place.settings.botChannels.includes(event.channel),
    },
    late: retried,
    pointsElsewhere: read.permalinks.length > 0 || read.nameless.length > 0,
    whyNot: whyNotHere(event, place),
  }
}

function readingOf(
  deps: { names: Names },
  { event, place }: { event: MessageEvent; place: SlackPlace },
): Reading {
  return {
    teamId: place.externalId,
    channel: event.channel,
    botUserId: place.botUserId,
    appId: place.appId,
    nameOf: (id: string) => deps.names.known(place.tenantId, id),
  }
}
