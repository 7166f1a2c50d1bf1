import { PermissionFlagsBits, PermissionsBitField } from 'discord.js'
import { z } from 'zod'
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
export const roleShape = z.object({ id: snowflake, permissions: z.string() })

/** A channel or thread as Discord has it now, with who may do what in it. */
export type Place = z.infer<typeof placeShape>
type Role = z.infer<typeof roleShape>

const { Administrator, ManageThreads, ReadMessageHistory, ViewChannel } = PermissionFlagsBits
const needed = ViewChannel | ReadMessageHistory

export function isPrivateThread({ type }: Pick<Place, 'type'>): boolean {
  return type === 12
}

/** What Discord answers, if it is of that shape; `undefined` for what is not there or not for Loom. Throws what passes. */
export async function look<Shape extends z.ZodType>(
  rest: DiscordRest,
  route: `/${string}`,
  shape: Shape,
): Promise<z.output<Shape> | undefined> {
  const asked = await rest.attempt({ method: 'GET', route })
  if (asked.ok) return shape.safeParse(asked.result).data
  if (asked.fault.error.retryable) throw asked.fault.error
  return undefined
}

export function placeAt(rest: DiscordRest, id: string): Promise<Place | undefined> {
  return look(rest, `/channels/${id}`, placeShape)
}

/** Whose overwrites hold in a place: a thread's are its channel's. */
export async function governingOf(rest: DiscordRest, place: Place): Promise<Place | undefined> {
  return isThread(place) && place.parent_id ? placeAt(rest, place.parent_id) : place
}

/**
 * What somebody may do in a channel; without `member`, what everybody in the server may. As Discord's documentation
 * computes it: everyone, roles, then the channel's overwrites for everyone, roles, the person.
 */
export function permissionsIn(
  { permission_overwrites: overwrites }: Place,
  who: { guildId: string; given: readonly Role[]; member?: { userId: string; roles: readonly string[] } },
): bigint {
  const { given, guildId, member } = who
  const roles = member?.roles ?? []
  const base = given
    .filter(({ id }) => id === guildId || roles.includes(id))
    .reduce((sum, { permissions }) => sum | BigInt(permissions), 0n)
  if ((base & Administrator) === Administrator) return PermissionsBitField.All
  const apply = (permissions: bigint, which: (id: string) => boolean): bigint => {
    const found = overwrites.filter(({ id }) => which(id))
    const denied = found.reduce((sum, { deny }) => sum | BigInt(deny), 0n)
    const allowed = found.reduce((sum, { allow }) => sum | BigInt(allow), 0n)
    return (permissions & ~denied) | allowed
  }
  const forAll = apply(base, (id) => id === guildId)
  const forRoles = apply(forAll, (id) => id !== guildId && roles.includes(id))
  return apply(forRoles, (id) => id === member?.userId)
}

/** Whether permissions let somebody see a channel and what was said in it. */
export function canRead(permissions: bigint): boolean {
  return (permissions & needed) === needed
}

/** Whether they open private threads to somebody who is in none of them. */
export function canSeePrivateThreads(permissions: bigint): boolean {
  return (permissions & ManageThreads) === ManageThreads
}
