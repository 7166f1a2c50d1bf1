import { z } from 'zod'
import { parseThreadId, type ThreadId } from '../../core/thread-id.ts'
import {
  canRead,
  canSeePrivateThreads,
  governingOf,
  isPrivateThread,
  look,
  permissionsIn,
  placeAt,
  roleShape,
} from './readable.ts'
import type { DiscordRest } from './rest.ts'
import { snowflake } from './snowflake.ts'

const guildShape = z.object({ owner_id: snowflake, roles: z.array(roleShape) })
const memberShape = z.object({ roles: z.array(snowflake) })

/**
 * Whether a person of Discord can read a thread now: as a member of its server by roles and overwrites, in a private
 * thread as one of those in it, in direct messages as the one they are with. Throws what passes.
 */
export async function mayReadThread(
  rest: DiscordRest,
  { thread, userId }: { thread: ThreadId; userId: string },
): Promise<boolean> {
  // One that is gone or closed to Loom counts as nobody's: it may have been private.
  const at = await placeAt(rest, parseThreadId(thread).thread)
  if (!at) return false
  const guildId = at.guild_id
  if (!guildId) return at.recipients.some(({ id }) => id === userId)
  const [governing, guild, member] = await Promise.all([
    governingOf(rest, at),
    look(rest, `/guilds/${guildId}`, guildShape),
    look(rest, `/guilds/${guildId}/members/${userId}`, memberShape),
  ])
  if (!guild || !member || !governing) return false
  if (guild.owner_id === userId) return true
  const who = { guildId, given: guild.roles, member: { userId, roles: member.roles } }
  const permissions = permissionsIn(governing, who)
  if (!canRead(permissions)) return false
  if (!isPrivateThread(at) || canSeePrivateThreads(permissions)) return true
  const joined = await look(rest, `/channels/${at.id}/thread-members/${userId}`, z.object({}))
  return joined !== undefined
}
