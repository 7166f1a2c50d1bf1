import { z } from 'zod'
import { type Loose, listOf, recordOf, textOf } from '../read/loose.ts'
import { readAbout } from './forms.ts'

const mostChars = 2_000
const value = z.object({
  j: z.uuid(),
  q: z.uuid().optional(),
  a: z.uuid().optional(),
  t: z.uuid().optional(),
})

/** A press as a verified payload holds it. What its value says was sent by a client: ids to look up, nothing more. */
export interface Press {
  /** Without the `loom:`. */
  name: string
  value: z.infer<typeof value> | undefined
  userId: string
  userTeam: string | undefined
  channel: string | undefined
  threadTs: string | undefined
  /** The open form or page that it was pressed in. */
  view: { id: string; type: string } | undefined
  triggerId: string
  /** The message as it was when it was pressed; an ephemeral one is not told. */
  message: { ts: string; text: string; blocks: readonly Loose[] } | undefined
}

export function pressOf(body: unknown): Press {
  const { actions, channel, container, message, trigger_id, user, view } = recordOf(body)
  const action = recordOf(listOf(actions)[0])
  const held = recordOf(container)
  const shown = recordOf(view)
  // A page carries the place along that it was opened from; Slack keeps it, no client writes it.
  const from = shown.type === 'modal' ? readAbout(textOf(shown.private_metadata)) : {}
  const threadTs = textOf(recordOf(message).thread_ts) || textOf(held.thread_ts) || from.threadTs
  return {
    name: textOf(action.action_id).replace(/^loom:/, ''),
    value: parseValue(textOf(action.value)),
    userId: textOf(recordOf(user).id),
    userTeam: textOf(recordOf(user).team_id) || undefined,
    channel: textOf(recordOf(channel).id) || textOf(held.channel_id) || from.channel || undefined,
    threadTs: threadTs || undefined,
    view: shown.id === undefined ? undefined : { id: textOf(shown.id), type: textOf(shown.type) },
    triggerId: textOf(trigger_id),
    message: messageOf(recordOf(message)),
  }
}

function messageOf({ blocks, text, ts }: Loose): Press['message'] {
  const at = textOf(ts)
  return at === '' ? undefined : { ts: at, text: textOf(text), blocks: listOf(blocks).map(recordOf) }
}

export function parseValue(text: string): Press['value'] {
  if (text.length > mostChars) return undefined
  try {
    return value.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
