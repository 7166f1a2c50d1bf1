import { z } from 'zod'
import { type ThreadId, threadId } from '../../../core/thread-id.ts'
import type { SlackPlace } from '../place.ts'
import { type Loose, recordOf, wordOf } from '../read/loose.ts'
import { messageKey } from '../read/thread-message.ts'

const channelShape = z.string().regex(/^[CDG][A-Z0-9]{2,30}$/)
const tsShape = z.string().regex(/^\d{1,12}\.\d{1,9}$/)

/** A message of an event: said, changed to what it says now, or taken back. */
export interface MessageEvent {
  kind: 'said' | 'changed' | 'deleted'
  channel: string
  direct: boolean
  ts: string
  thread: ThreadId
  key: string
  /** The first message's key, for a reply. */
  rootKey: string | undefined
  /** As it is now; as it was for a deleted one. */
  message: Loose
  before: Loose
  /** Which edit this is, for a changed one. */
  editedTs: string | undefined
  /** The channel is shared with another organisation. */
  external: boolean
  /** The team that the author writes for, where Slack says so. */
  authorTeam: string | undefined
  /**
   * A team of the organisation that installed Loom. An envelope's team alone says nothing: in a shared channel it can be
   * the author's, whoever they are.
   */
  teamId: string | undefined
}

/** What a verified envelope with a message holds; `undefined` for a shape that is none. */
export function messageEventOf(body: Loose, place: SlackPlace): MessageEvent | undefined {
  const event = recordOf(body.event)
  const before = recordOf(event.previous_message)
  const kind = kindOf(event)
  const message = kind === 'said' ? event : kind === 'changed' ? recordOf(event.message) : before
  const channel = channelShape.safeParse(event.channel)
  const ts = tsShape.safeParse(kind === 'deleted' ? (event.deleted_ts ?? before.ts) : message.ts)
  if (!channel.success || !ts.success) return undefined
  const root = tsShape.safeParse(message.thread_ts)
  const rootTs = root.success ? root.data : ts.data
  const keyOf = (of: string) => messageKey({ teamId: place.externalId, channel: channel.data, ts: of })
  return {
    kind,
    channel: channel.data,
    direct: channel.data.startsWith('D'),
    ts: ts.data,
    thread: threadId('slack', channel.data, rootTs),
    key: keyOf(ts.data),
    rootKey: rootTs === ts.data ? undefined : keyOf(rootTs),
    message,
    before,
    editedTs: wordOf(recordOf(message.edited).ts),
    external: body.is_ext_shared_channel === true,
    authorTeam: wordOf(message.user_team) ?? wordOf(message.source_team) ?? wordOf(message.team),
    teamId: body.enterprise_id === place.externalId ? wordOf(body.team_id) : undefined,
  }
}

/** A deleted message that had replies stays, changed to a tombstone. */
function kindOf(event: Loose): MessageEvent['kind'] {
  if (event.subtype === 'message_deleted') return 'deleted'
  if (event.subtype !== 'message_changed') return 'said'
  return recordOf(event.message).subtype === 'tombstone' ? 'deleted' : 'changed'
}
