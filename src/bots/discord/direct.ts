import { Routes } from 'discord.js'
import { z } from 'zod'
import type { DiscordRest } from './rest.ts'
import { snowflake } from './snowflake.ts'

const shape = z.object({ id: snowflake })

/** The direct messages of a person with Loom, opened where they are not. Throws what Discord throws. */
export async function openDirect(rest: DiscordRest, userId: string): Promise<{ channelId: string }> {
  const body = { recipient_id: userId }
  const opened = await rest.call({ method: 'POST', route: Routes.userChannels(), body })
  return { channelId: shape.parse(opened).id }
}
