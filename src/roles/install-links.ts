import { createInstallLinks, type InstallLinks } from '../bots/install/links.ts'
import type { Config } from '../config.ts'
import type { Platform } from '../core/words.ts'
import type { Store } from '../storage/database.ts'

/** Links to connect further platforms with an account: those whose OAuth client the settings name. */
export async function openInstallLinks(input: { config: Config; store: Store }): Promise<InstallLinks> {
  const { config, store } = input
  const platforms: Platform[] = [
    ...(config.slack?.oauth ? (['slack'] as const) : []),
    ...(config.discord?.clientSecret ? (['discord'] as const) : []),
  ]
  const key = await store.vault.derive('install-links')
  return createInstallLinks({ key, publicUrl: config.publicUrl, now: store.now, platforms })
}
