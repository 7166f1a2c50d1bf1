import { type APIInteraction, PermissionFlagsBits } from 'discord.js'
import { LoomError } from '../../../core/errors.ts'
import { ensurePerson } from '../../../storage/identities/ensure.ts'
import type { Acting, Standing } from '../../desk/desk.ts'
import type { HearDeps, HearPlace } from './deps.ts'
import { threadAt, type Where, whereOf } from './where.ts'

/** Who acts in Discord, as the desk knows people: by the installation of the interaction and the person's id there. */
export interface DiscordActing extends Acting {
  place: HearPlace
  userId: string
  where: Where
}

export async function actingOf(deps: HearDeps, interaction: APIInteraction): Promise<DiscordActing> {
  const userId = userOf(interaction).id
  const place = await deps.placeOf(interaction)
  const { installationId, tenantId } = place
  const { identityId, role } = await ensurePerson(
    deps.store,
    { tenantId, actor: { kind: 'system' } },
    { platform: 'discord', externalId: userId },
  )
  const where = placedIn(place, interaction)
  return {
    ...{ place, userId, where, role },
    account: { tenantId, installationId, identityId },
    ...spotOf(where),
    standing: async () => standingOf(interaction, place),
  }
}

/** A server that is nobody's here is none to work in, though Loom be in it. */
function placedIn({ guildId }: HearPlace, interaction: APIInteraction): Where {
  return guildId !== undefined || interaction.guild_id === undefined
    ? whereOf(interaction)
    : { kind: 'elsewhere' }
}

export function userOf({ member, user }: APIInteraction): { id: string; name: string } {
  const found = member?.user ?? user
  if (!found) {
    throw new LoomError({ kind: 'invalid_input', message: 'Discord did not say who that was.' })
  }
  return { id: found.id, name: member?.nick ?? found.global_name ?? found.username }
}

/** A job is touched from its thread, and from the channel when that is where it was typed. */
function spotOf(where: Where): Pick<Acting, 'thread' | 'channel'> {
  switch (where.kind) {
    case 'thread':
    case 'direct':
      return { thread: threadAt(where, '') }
    case 'channel':
    case 'flat':
      return { channel: `discord:${where.channelId}` }
    case 'elsewhere':
      return {}
  }
}

/**
 * What Discord says of the person in this very interaction. Of those who brought Loom along everybody else is a stranger;
 * nobody is an admin outside of the server that it is about.
 */
function standingOf(interaction: APIInteraction, place: HearPlace): Standing {
  const { authorizing_integration_owners: owners, guild_id: guildId, member } = interaction
  const { id, name } = userOf(interaction)
  const here = place.guildId !== undefined && place.guildId === guildId
  return {
    name,
    admin: here && member !== undefined && administers(member.permissions),
    stranger: place.guildId === undefined && owners['1'] !== undefined && owners['1'] !== id,
  }
}

const administering = PermissionFlagsBits.Administrator | PermissionFlagsBits.ManageGuild

function administers(permissions: string): boolean {
  return (BigInt(permissions) & administering) !== 0n
}
