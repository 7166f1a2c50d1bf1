import type { Log } from '../core/ports.ts'
import { nextVersion } from '../retention/notices/next.ts'
import type { Reach } from '../retention/page/facts.ts'
import { pagePolicy, privacyPage } from '../retention/page/page.ts'
import { lastProof } from '../retention/proof/last.ts'
import type { Store } from '../storage/database.ts'
import type { Handler } from './app.ts'

/** `/privacy`. The page is there although the database is away: then without the last proof and what is announced. */
export function privacyHandler(deps: {
  store: Store
  log: Log
  mode: 'embedded' | 'hosted'
  reach: Reach
}): Handler {
  const { log, mode, reach, store } = deps
  return {
    method: 'GET',
    async answer() {
      const [proof, next] = await Promise.all([lastProof(store), nextVersion(store)]).catch(() => {
        log.warn({}, 'the privacy page is shown without its last proof')
        return []
      })
      return new Response(privacyPage({ mode, reach, proof, next }), {
        headers: {
          'content-type': 'text/html; charset=utf-8',
          'cache-control': 'public, max-age=300',
          'content-security-policy': pagePolicy,
        },
      })
    },
  }
}
