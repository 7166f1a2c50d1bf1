import { PermissionFlagsBits } from 'discord.js'
import { z } from 'zod'
import type { ThreadMessage } from '../../../core/brief.ts'
import { type Pointer, readPointedAt, type Spoken } from '../../read/pointed-at.ts'
import { isThread } from '../channels.ts'
import type { DiscordRest } from '../rest.ts'
import { snowflake } from '../snowflake.ts'
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
  const asked = await rest.attempt({ method: 'GET', route: `/channels/${channel}/messages/${message}` })
  if (asked.ok) return messageShape.safeParse(asked.result).data
  if (asked.fault.error.retryable) throw asked.fault.error
  return undefined
}

const overwrite = z.object({ id: snowflake, allow: z.string(), deny: z.string() })
const placeShape = z.object({
  id: snowflake,
  type: z.number(),
  guild_id: snowflake.optional(),
  parent_id: snowflake.nullish(),
  permission_overwrites: z.array(overwrite).default([]),
})
const rolesShape = z.array(z.object({ id: snowflake, permissions: z.string() }))
const needed = PermissionFlagsBits.ViewChannel | PermissionFlagsBits.ReadMessageHistory
const privateThread = 12

/** Never more public: from elsewhere only what everyone in the server can read. */
async function mayBeShown(
  rest: DiscordRest,
  input: PointedAt & { pointer: DiscordPointer },
): Promise<boolean> {
  const { guildId, here, pointer } = input
  if (here.includes(pointer.channel)) return true
  if (guildId === undefined || pointer.guild !== guildId) return false
  const place = await placeAt(rest, pointer.channel)
  if (place?.guild_id !== guildId || place.type === privateThread) return false
  if (place.parent_id && here.includes(place.parent_id) && isThread(place)) return true
  const governing = isThread(place) && place.parent_id ? await placeAt(rest, place.parent_id) : place
  const roles = await ask(rest, `/guilds/${guildId}/roles`)
  const everyone = rolesShape.safeParse(roles).data?.find(({ id }) => id === guildId)
  if (!governing || !everyone) return false
  const own = governing.permission_overwrites.find(({ id }) => id === guildId)
  const allowed = (BigInt(everyone.permissions) & ~BigInt(own?.deny ?? 0)) | BigInt(own?.allow ?? 0)
  return (allowed & needed) === needed
}

async function placeAt(rest: DiscordRest, id: string) {
  return placeShape.safeParse(await ask(rest, `/channels/${id}`)).data
}

async function ask(rest: DiscordRest, route: `/${string}`): Promise<unknown> {
  const asked = await rest.attempt({ method: 'GET', route })
  if (asked.ok) return asked.result
  if (asked.fault.error.retryable) throw asked.fault.error
  return undefined
}
