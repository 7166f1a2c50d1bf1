import type { Author } from '../../../core/brief.ts'
import type { SlackSide } from '../clients.ts'
import { fromSlack } from './faults.ts'
import { type Loose, textOf, wordOf } from './loose.ts'
import type { ReadMessage } from './message.ts'
import type { Reading } from './thread-message.ts'

const saidByPeople = new Set([undefined, 'file_share', 'thread_broadcast', 'me_message'])

/** Whether a message of a thread is one that somebody says there: a reply, and no notice of Slack's. */
export function mayBeOrder(message: Loose): boolean {
  const root = wordOf(message.thread_ts)
  return root !== undefined && root !== textOf(message.ts) && saidByPeople.has(wordOf(message.subtype))
}

/** As while a job runs: a person's reply is an order, unless it begins with the mention of somebody else. */
export function isOrder(author: Author, read: Pick<ReadMessage, 'beginsWithOther'>): boolean {
  return author.kind === 'person' && !read.beginsWithOther
}

/**
 * Without those of people of other organisations. Slack is asked only when a message names another team than the
 * installation's: it may be another team of the same organisation, in a channel that is shared with nobody.
 */
export async function withoutStrangers(
  side: SlackSide,
  input: { messages: readonly Loose[]; reading: Reading },
): Promise<readonly Loose[]> {
  const { channel, teamId } = input.reading
  const teamOf = (message: Loose) => wordOf(message.user_team) ?? wordOf(message.team) ?? teamId
  const home = input.messages.filter((message) => teamOf(message) === teamId)
  if (home.length === input.messages.length || channel.startsWith('D')) return input.messages
  try {
    const about = await side.client.conversations.info({ channel })
    return about.channel?.is_ext_shared === false ? input.messages : home
  } catch (thrown) {
    const error = fromSlack(thrown)
    if (error.retryable) throw error
    return home
  }
}
