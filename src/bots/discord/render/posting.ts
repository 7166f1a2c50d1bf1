import type { APIMessageTopLevelComponent } from 'discord.js'

/** One message as Discord takes it: Components V2, which always hold all of it. */
export interface Posting {
  components: APIMessageTopLevelComponent[]
  /** A file of our own that goes with it; its components show it by its name. */
  attached?: { name: string; text: string }
}
