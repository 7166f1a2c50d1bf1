import { z } from 'zod'
import { snowflake } from './snowflake.ts'

const roleShape = z.object({
  id: snowflake,
  tags: z.object({ bot_id: snowflake.optional() }).optional(),
})

export interface BotRoles {
  /** The role that Discord made for Loom in a server. */
  of(guildId: string): string | undefined
  keep(guildId: string, roles: readonly unknown[]): void
  dropGuild(guildId: string): void
}

/** People mistake the bot's role for the bot when they mention it: both are called Loom. */
export function createBotRoles(deps: { self: () => { botUserId: string } }): BotRoles {
  const kept = new Map<string, string>()
  return {
    of: (guildId) => kept.get(guildId),
    keep(guildId, roles) {
      for (const raw of roles) {
        const role = roleShape.safeParse(raw).data
        if (role?.tags?.bot_id === deps.self().botUserId) kept.set(guildId, role.id)
      }
    },
    dropGuild: (guildId) => void kept.delete(guildId),
  }
}
