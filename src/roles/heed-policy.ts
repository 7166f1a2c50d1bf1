import { LoomError } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'
import { type CodeVersion, type Standing, standingOf } from '../retention/notices/standing.ts'
import { version } from '../retention/policy.ts'
import type { Store } from '../storage/database.ts'
import { beginVersion, hasAccounts, loadVersions, lookAtVersions } from '../storage/notices/versions.ts'

type Mode = 'embedded' | 'hosted'

/**
 * Before anything is served: a version of the policy that was not announced for its 14 days is not. One that begins is
 * noted with the moment. A process that may not write (`mayBegin`) leaves that to another. Throws `conflict`.
 */
export async function heedPolicy(
  store: Store,
  input: { mode: Mode; mayBegin: boolean; log: Log; code?: CodeVersion },
): Promise<void> {
  const { code = version, log, mayBegin, mode } = input
  const versions = await loadVersions(store)
  // A worker sees no directory; what it would be lenient for has then been begun by another process.
  const accounts = mayBegin ? await hasAccounts(store) : true
  const standing = standingOf({ version: code, versions, accounts, mode, nowMs: store.now() })
  mustStand(standing)
  if (standing.kind !== 'begins' || !mayBegin) return
  await beginVersion(store, code)
  log.info({ version: code.number }, 'this version of the privacy policy holds from now on')
}

/** The same before a database is brought to this code's schema, with whose periods it would hide and purge. Throws `conflict`. */
export async function heedPolicyBeforeMigrating(
  url: string,
  input: { mode: Mode; code?: CodeVersion; nowMs?: number },
): Promise<void> {
  const { code = version, mode, nowMs = Date.now() } = input
  mustStand(standingOf({ version: code, ...(await lookAtVersions(url)), mode, nowMs }))
}

function mustStand(standing: Standing): void {
  if (standing.kind !== 'refused') return
  throw new LoomError({
    kind: 'conflict',
    message: standing.words,
    detail: 'policy version',
    retryable: false,
  })
}
