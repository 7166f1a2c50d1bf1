import { GatewayIntentBits } from 'discord.js'
import { sees } from '../permissions.ts'
import { withoutContent } from '../wire/message.ts'
import type { Emitted, World } from '../world.ts'

/** All that Discord knows. */
export const allIntents = Object.values(GatewayIntentBits)
  .filter((bit): bit is number => typeof bit === 'number')
  .reduce((all, bit) => all | bit, 0)

/** The application's flags that let a privileged intent be asked for; either of both. */
const privileged: readonly (readonly [number, number])[] = [
  [GatewayIntentBits.GuildPresences, (1 << 12) | (1 << 13)],
  [GatewayIntentBits.GuildMembers, (1 << 14) | (1 << 15)],
  [GatewayIntentBits.MessageContent, (1 << 18) | (1 << 19)],
]

export function asksTooMuch(world: World, intents: number): boolean {
  return privileged.some(([intent, flags]) => (intents & intent) !== 0 && (world.app.flags & flags) === 0)
}

/** What a session with these intents hears of an event, if anything. */
export function heard(world: World, intents: number, event: Emitted): Record<string, unknown> | undefined {
  const needed = event.about === world.botId ? 0 : intentOf(event)
  if (needed !== 0 && (intents & needed) === 0) return undefined
  const guild = event.guildId === undefined ? undefined : world.guilds.get(event.guildId)
  const isInside = event.guildId === undefined || guild?.members.has(world.botId)
  if (!isInside && event.type !== 'INTERACTION_CREATE') return undefined
  if (guild?.unavailable && event.type !== 'GUILD_DELETE') return undefined
  if (event.channel && !sees(world, event.channel, world.botId)) return undefined
  const isMessage = event.type === 'MESSAGE_CREATE' || event.type === 'MESSAGE_UPDATE'
  if (!isMessage || (intents & GatewayIntentBits.MessageContent) !== 0) return event.data
  return withoutContent(world, event.data)
}

function intentOf(event: Emitted): number {
  if (event.type === 'INTERACTION_CREATE') return 0
  if (event.type.startsWith('MESSAGE_')) {
    return event.guildId === undefined ? GatewayIntentBits.DirectMessages : GatewayIntentBits.GuildMessages
  }
  if (event.type.startsWith('GUILD_MEMBER_')) return GatewayIntentBits.GuildMembers
  return GatewayIntentBits.Guilds
}
