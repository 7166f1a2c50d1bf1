import { z } from 'zod'
import type { ThreadMessage } from '../../../core/brief.ts'
import { type Pointer, readPointedAt, type Spoken } from '../../read/pointed-at.ts'
import { isThread } from '../channels.ts'
import {
  canRead,
  governingOf,
  isPrivateThread,
  look,
  permissionsIn,
  placeAt,
  roleShape,
} from '../readable.ts'
import type { DiscordRest } from '../rest.ts'
import type { MessageLink } from './links.ts'
import { isOwn, messageKey, type Reading, readMessage } from './message.ts'
import { type DiscordMessage, messageShape } from './shape.ts'

interface PointedAt {
  /** The server of the thread; none in a direct conversation, where nothing is public. */
  guildId: string | undefined
  /** The channel of the thread and, where it is another, the thread itself. */
  here: readonly string[]
  reading: Reading
  spoken: readonly (Spoken & { pointers: readonly DiscordPointer[] })[]
  signal: AbortSignal
}

interface DiscordPointer extends Pointer {
  guild: string
  message: string
}

export function pointerOf(link: MessageLink): DiscordPointer {
  return { ...link, key: messageKey(link.message) }
}

/** The messages that a thread points at: from the same channel, or from one of the server that everybody there can read. */
export async function readLinked(rest: DiscordRest, input: PointedAt): Promise<ThreadMessage[]> {
  const { reading, signal, spoken } = input
  return readPointedAt<DiscordPointer>(
    {
      mayBeShown: (pointer) => mayBeShown(rest, { ...input, pointer }),
      async read(pointer) {
        const found = await readOne(rest, pointer)
        if (!found) return undefined
        if (isOwn(found, reading)) return 'own'
        const { message } = readMessage(found, reading)
        return { ...message, text: `(From ${pointer.url}) ${message.text}` }
      },
    },
    { spoken, signal },
  )
}

/** One message of Discord; `undefined` where there is none, or none that Loom may read. Throws what passes. */
export async function readOne(
  rest: DiscordRest,
  { channel, message }: { channel: string; message: string },
): Promise<DiscordMessage | undefined> {
  return look(rest, `/channels/${channel}/messages/${message}`, messageShape)
}

/** Never more public: from elsewhere only what everyone in the server can read. */
async function mayBeShown(
  rest: DiscordRest,
  input: PointedAt & { pointer: DiscordPointer },
): Promise<boolean> {
  const { guildId, here, pointer } = input
  if (here.includes(pointer.channel)) return true
  if (guildId === undefined || pointer.guild !== guildId) return false
  const place = await placeAt(rest, pointer.channel)
  if (place?.guild_id !== guildId || isPrivateThread(place)) return false
  if (place.parent_id && here.includes(place.parent_id) && isThread(place)) return true
  const [governing, given] = await Promise.all([
    governingOf(rest, place),
    look(rest, `/guilds/${guildId}/roles`, z.array(roleShape)),
  ])
  return (
    governing !== undefined && given !== undefined && canRead(permissionsIn(governing, { guildId, given }))
  )
}
