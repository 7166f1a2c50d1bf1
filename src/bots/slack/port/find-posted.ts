import { z } from 'zod'
import { madeAtMs } from '../../port/made-at.ts'
import type { Calls } from './call.ts'
import type { Place } from './place.ts'

export const deliveryEvent = 'loom_delivery'

export interface Posted {
  /** The timestamp of each part that is in the thread, by its name. */
  parts: Map<string, string>
  /** Slack's ids of the files in the thread since the first part, by title and size. */
  files: Map<string, string>
}

export function fileKey(file: { title: string; bytes: number }): string {
  return `${file.bytes} ${file.title}`
}

const message = z.object({
  ts: z.string(),
  bot_id: z.string().optional(),
  metadata: z
    .object({
      event_type: z.string(),
      event_payload: z.object({ nonce: z.string(), part: z.string() }).partial(),
    })
    .optional()
    .catch(undefined),
  files: z
    .array(z.object({ id: z.string(), title: z.string(), size: z.number() }).partial())
    .optional()
    .catch(undefined),
})
const page = z.object({
  messages: z.array(message).catch([]),
  response_metadata: z.object({ next_cursor: z.string() }).partial().optional(),
})

const mostPages = 20
/** How far Slack's clock may be behind ours. */
const slackMs = 300_000

/** How far a search has come, for the next try: some apps may read a page a minute. */
export interface Search extends Posted {
  cursor: string
}

/**
 * Finds what an earlier try under this nonce has put into the thread, and notes it. Nothing is found where the app may
 * not read there: then nobody can tell. Throws what passes, so that nothing is posted before it is known; the next call
 * goes on where this one stopped.
 */
export async function findPosted(
  calls: Calls,
  input: Place & { nonce: string; search: Search },
): Promise<void> {
  const { nonce, search } = input
  const from = madeAtMs(nonce)
  for (let count = 0; count < mostPages; count += 1) {
    const outcome = await calls.attempt('conversations.replies', {
      channel: input.channel,
      ts: input.threadTs,
      include_all_metadata: true,
      limit: 200,
      ...(from === undefined ? {} : { oldest: ((from - slackMs) / 1000).toFixed(6) }),
      ...(search.cursor ? { cursor: search.cursor } : {}),
    })
    if (!outcome.ok) {
      if (outcome.fault.error.retryable) throw outcome.fault.error
      break
    }
    const { messages, response_metadata: rest } = page.parse(outcome.result)
    for (const each of messages) take(search, each, nonce)
    search.cursor = rest?.next_cursor ?? ''
    if (search.cursor === '') break
  }
  search.cursor = ''
}

function take(posted: Posted, each: z.infer<typeof message>, nonce: string): void {
  const { event_payload: payload, event_type: type } = each.metadata ?? {}
  if (type === deliveryEvent && payload?.nonce === nonce && payload.part !== undefined)
    posted.parts.set(payload.part, each.ts)
  if (posted.parts.size === 0 || each.bot_id === undefined) return
  for (const { id, size, title } of each.files ?? [])
    posted.files.set(fileKey({ title: title ?? '', bytes: size ?? 0 }), id ?? '')
}
