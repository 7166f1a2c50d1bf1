import { PermissionFlagsBits } from 'discord.js'
import { z } from 'zod'
import { parseThreadId, type ThreadId } from '../../core/thread-id.ts'
import { isThread } from './channels.ts'
import type { DiscordRest } from './rest.ts'
import { snowflake } from './snowflake.ts'

const overwrite = z.object({ id: snowflake, allow: z.string(), deny: z.string() })
const placeShape = z.object({
  id: snowflake,
  type: z.number(),
  guild_id: snowflake.nullish(),
  parent_id: snowflake.nullish(),
  recipients: z.array(z.object({ id: snowflake })).default([]),
  permission_overwrites: z.array(overwrite).default([]),
})
type Place = z.infer<typeof placeShape>
const guildShape = z.object({
  owner_id: snowflake,
  roles: z.array(z.object({ id: snowflake, permissions: z.string() })),
})
const memberShape = z.object({ roles: z.array(snowflake) })

const { Administrator, ReadMessageHistory, ViewChannel } = PermissionFlagsBits
const needed = ViewChannel | ReadMessageHistory
const privateThread = 12

/**
 * Whether a person of Discord can read a thread now: as a member of its server by roles and overwrites, in a private
 * thread as one of those in it, in direct messages as the one they are with. Throws what passes.
 */
export async function mayReadThread(
  rest: DiscordRest,
  input: { thread: ThreadId; userId: string },
): Promise<boolean> {
  const { userId } = input
  // One that is gone or closed to Loom counts as nobody's: it may have been private.
  const at = await look(rest, `/channels/${parseThreadId(input.thread).thread}`, placeShape)
  if (!at) return false
  const guildId = at.guild_id
  if (!guildId) return at.recipients.some(({ id }) => id === userId)
  const governing =
    isThread(at) && at.parent_id ? await look(rest, `/channels/${at.parent_id}`, placeShape) : at
  const [guild, member] = await Promise.all([
    look(rest, `/guilds/${guildId}`, guildShape),
    look(rest, `/guilds/${guildId}/members/${userId}`, memberShape),
  ])
  if (!guild || !member || !governing) return false
  if (guild.owner_id === userId) return true
  const granted = permissionsIn(governing, { guildId, userId, roles: member.roles, given: guild.roles })
  if ((granted & Administrator) === Administrator) return true
  if ((granted & needed) !== needed) return false
  if (at.type !== privateThread) return true
  const joined = await look(rest, `/channels/${at.id}/thread-members/${userId}`, z.object({}))
  return joined !== undefined
}

/** As Discord's documentation computes them: everyone, roles, then the channel's overwrites for everyone, roles, the person. */
function permissionsIn(
  { permission_overwrites: overwrites }: Place,
  who: {
    guildId: string
    userId: string
    roles: readonly string[]
    given: readonly { id: string; permissions: string }[]
  },
): bigint {
  const { given, guildId, roles, userId } = who
  const own = given.filter(({ id }) => id === guildId || roles.includes(id))
  const base = own.reduce((sum, { permissions }) => sum | BigInt(permissions), 0n)
  if ((base & Administrator) === Administrator) return base
  const apply = (permissions: bigint, which: (id: string) => boolean): bigint => {
    const found = overwrites.filter(({ id }) => which(id))
    const denied = found.reduce((sum, { deny }) => sum | BigInt(deny), 0n)
    const allowed = found.reduce((sum, { allow }) => sum | BigInt(allow), 0n)
    return (permissions & ~denied) | allowed
  }
  const forAll = apply(base, (id) => id === guildId)
  const forRoles = apply(forAll, (id) => id !== guildId && roles.includes(id))
  return apply(forRoles, (id) => id === userId)
}

async function look<Shape extends z.ZodType>(
  rest: DiscordRest,
  route: `/${string}`,
  shape: Shape,
): Promise<z.output<Shape> | undefined> {
  const asked = await rest.attempt({ method: 'GET', route })
  if (asked.ok) return shape.safeParse(asked.result).data
  if (asked.fault.error.retryable) throw asked.fault.error
  return undefined
}
