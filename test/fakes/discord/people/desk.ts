import type { Gateway } from '../gateway/gateway.ts'
import type { Guild, Interaction, World } from '../world.ts'

/** What people need to act: the world, and the way of an interaction to the app. */
export interface Desk {
  world: World
  gateway: Gateway
  /** The bot is in a server from now on. */
  greet: (guild: Guild) => void
  deliver: (interaction: Interaction) => void
}
