import type { ChatPlatform } from '../bots/platform.ts'
import type { Config } from '../config.ts'
import type { Store } from '../storage/database.ts'
import { openInstallLinks } from './install-links.ts'
import type { Parts } from './parts.ts'

/** The Slack side where the settings name it; its libraries are loaded only then. */
export async function openSlack(
  parts: Parts,
  { config, store }: { config: Config; store: Store },
): Promise<ChatPlatform | undefined> {
  if (!config.slack) return undefined
  const { createSlack } = await import('../bots/slack/index.ts')
  const installKey = await store.vault.derive('slack-install')
  const installLinks = await openInstallLinks({ config, store })
  const { exportLinks, log, ring } = parts
  const { publicUrl, slack: settings } = config
  return createSlack({ store, ring, log, settings, publicUrl, installKey, installLinks, exportLinks })
}
