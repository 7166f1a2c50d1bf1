import { createWebApp } from '../web/app.ts'
import { exportHandler } from '../web/export-link.ts'
import { listen } from '../web/listen.ts'
import { privacyHandler } from '../web/privacy.ts'
import { createSignInGate } from '../web/sign-in.ts'
import type { BotRole } from './bot.ts'
import type { Parts } from './parts.ts'
import type { Role } from './role.ts'

/** The pages and links of Loom, and the paths by which the chat platforms reach it, on the configured port. */
export async function startWeb(parts: Parts, bot: Pick<BotRole, 'handlers' | 'signIns'>): Promise<Role> {
  const { config, links, log, objects } = parts
  const store = parts.openStore('loom_app')
  const signIn = createSignInGate({
    signIns: bot.signIns,
    key: await store.vault.derive('sign-in'),
    publicUrl: config.publicUrl,
    now: store.now,
  })
  const { mode, reach } = config
  const handlers = {
    ...bot.handlers,
    '/privacy': privacyHandler({ store, log, mode, reach }),
    '/e/:export': exportHandler({ store, objects, links: parts.exportLinks }),
  }
  const app = createWebApp({ store, objects, links, log, signIn, handlers })
  return listen(app, { port: config.port })
}
