import { type Loose, listOf, recordOf, textOf, wordOf } from './read/loose.ts'
import { isOwn } from './read/thread-message.ts'

/** The kinds of messages that can mean something to Loom; an ordinary one has none. */
const heardSubtypes = new Set([
  'file_share',
  'thread_broadcast',
  'bot_message',
  'me_message',
  'message_changed',
  'message_deleted',
])
const deafTo = new Set([
  'member_joined_channel',
  'assistant_thread_started',
  'assistant_thread_context_changed',
])

/**
 * Whether the envelope of a verified event says by itself that it is nothing for Loom: what people say to each other at
 * top level, Loom's own words, notices of joining and leaving. Pure, and no look at the database: most events end here.
 */
export function isChatter(body: Loose): boolean {
  if (body.type !== 'event_callback') return false
  const event = recordOf(body.event)
  if (typeof event.type === 'string' && deafTo.has(event.type)) return true
  if (event.type !== 'message') return false
  const subtype = wordOf(event.subtype)
  if (subtype !== undefined && !heardSubtypes.has(subtype)) return true
  const self = selfOf(body)
  if (subtype === 'message_changed') return isIdleChange(event, self)
  if (subtype === 'message_deleted') return isElsewhere(event, [recordOf(event.previous_message)], self)
  return isOwn(event, self) || isElsewhere(event, [event], self)
}

interface Self {
  appId: string | undefined
  botUserId: string | undefined
}

function selfOf(body: Loose): Self {
  const bots = listOf(body.authorizations)
    .map(recordOf)
    .filter(({ is_bot }) => is_bot === true)
  return { appId: wordOf(body.api_app_id), botUserId: wordOf(bots[0]?.user_id) }
}

/** Slack calls it a change too when it adds a preview or counts a reply. */
function isIdleChange(event: Loose, self: Self): boolean {
  const [now, before] = [recordOf(event.message), recordOf(event.previous_message)]
  // What had replies and was deleted stays as a tombstone.
  if (now.subtype === 'tombstone') return isElsewhere(event, [before], self)
  const editedAt = wordOf(recordOf(now.edited).ts)
  if (editedAt === undefined || editedAt === wordOf(recordOf(before.edited).ts)) return true
  return isOwn(now, self) || isElsewhere(event, [now, before], self)
}

/** No direct message, in no thread, and Loom is not called in any of the versions. */
function isElsewhere(event: Loose, versions: readonly Loose[], { botUserId }: Self): boolean {
  if (event.channel_type === 'im' || event.channel_type === 'app_home') return false
  // A change of a thread's first message names the thread once somebody replied; Loom replies to what it takes.
  if (versions.some((message) => wordOf(message.thread_ts) !== undefined)) return false
  if (botUserId === undefined) return false
  return !versions.some((message) => calls(message, botUserId))
}

function calls(message: Loose, botUserId: string): boolean {
  if (textOf(message.text).includes(`<@${botUserId}`)) return true
  return message.blocks !== undefined && JSON.stringify(message.blocks).includes(`"${botUserId}"`)
}
