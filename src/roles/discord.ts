import type { ChatPlatform } from '../bots/platform.ts'
import type { Config } from '../config.ts'
import type { Store } from '../storage/database.ts'
import { openInstallLinks } from './install-links.ts'
import type { Parts } from './parts.ts'

/** The Discord side where the settings name it; its library is loaded only then. */
export async function openDiscord(
  parts: Parts,
  { config, store }: { config: Config; store: Store },
): Promise<ChatPlatform | undefined> {
  if (!config.discord) return undefined
  const { createDiscord } = await import('../bots/discord/index.ts')
  const installKey = await store.vault.derive('discord-install')
  const installLinks = await openInstallLinks({ config, store })
  const { exportLinks, log, ring } = parts
  const { discord: settings, mode, publicUrl } = config
  const adopts = mode === 'embedded'
  return createDiscord({
    store,
    ring,
    log,
    settings,
    publicUrl,
    installKey,
    installLinks,
    exportLinks,
    adopts,
  })
}
