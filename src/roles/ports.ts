import type { ChatPorts } from '../core/chat.ts'
import type { Parts } from './parts.ts'

/** The platforms that the settings name, for whoever hears nothing there and takes away what was posted. */
export async function openPorts(parts: Parts): Promise<ChatPorts[]> {
  const { config, log } = parts
  const store = parts.openStore('loom_app')
  const ports: ChatPorts[] = []
  if (config.slack) {
    const { createSlackPorts } = await import('../bots/slack/port/ports.ts')
    const { accessOf } = await import('../bots/slack/access.ts')
    const { apiUrl: slackApiUrl } = config.slack
    ports.push(
      createSlackPorts({
        accessOf: (installation) => accessOf(store, installation),
        slackApiUrl,
        log,
        now: store.now,
      }),
    )
  }
  if (config.discord) {
    const { createRemovingPorts } = await import('../bots/discord/removing.ts')
    ports.push(createRemovingPorts({ store, settings: config.discord, log }))
  }
  return ports
}
