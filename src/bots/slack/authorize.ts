import type { Authorize } from '@slack/bolt'
import { LoomError } from '../../core/errors.ts'
import type { Store } from '../../storage/database.ts'
import { findInstallation, type Installed, loadInstallation } from '../../storage/installations/find.ts'
import { openTokens } from '../../storage/installations/tokens.ts'
import { installationVersion } from '../../storage/installations/version.ts'
import type { SlackPlace } from './place.ts'

const keepMs = 5 * 60_000
/** A workspace that is not ours is looked for again soon: it may be installing just now. */
const strangerMs = 5_000
const mostKept = 10_000

export interface TeamOf {
  teamId: string | undefined
  enterpriseId: string | undefined
}

export interface Authorizer {
  /** Bolt's `authorize`: whose the verified request is. Throws `forbidden` for a workspace without Loom. */
  authorize: Authorize<boolean>
  /** What stands behind a team or its organisation, revoked or not, read anew. */
  find(source: TeamOf): Promise<(Installed & { externalId: string }) | undefined>
  /** Forgets what was kept of a team and its organisation: after an install, a revocation, a change of settings. */
  forget(source: TeamOf): void
}

type Found = { place: SlackPlace; botToken: string; version: string } | undefined

/**
 * Finds tenant, installation and token of a verified request by its team or enterprise, and by nothing else in it. Kept
 * in memory for five minutes at most, and used only while the installation's version is the same: another process may
 * have changed or revoked it.
 */
export function createAuthorizer(deps: { store: Store }): Authorizer {
  const { store } = deps
  const kept = new Map<string, { found: Promise<Found>; untilMs: number }>()
  const keyOf = ({ enterpriseId, teamId }: TeamOf) => `${teamId ?? ''}:${enterpriseId ?? ''}`

  const find: Authorizer['find'] = async ({ enterpriseId, teamId }) => {
    const candidates = [
      ...(teamId ? [{ kind: 'team', externalId: teamId } as const] : []),
      ...(enterpriseId ? [{ kind: 'enterprise', externalId: enterpriseId } as const] : []),
    ]
    let revoked: (Installed & { externalId: string }) | undefined
    for (const { externalId, kind } of candidates) {
      const installed = await findInstallation(store, { platform: 'slack', kind, externalId })
      if (installed && !installed.revoked) return { ...installed, externalId }
      if (installed) revoked ??= { ...installed, externalId }
    }
    return revoked
  }

  const open = async (source: TeamOf): Promise<Found> => {
    const installed = await find(source)
    if (!installed || installed.revoked) return undefined
    const { externalId, installationId, tenantId } = installed
    const context = { tenantId, actor: { kind: 'system' } } as const
    // Asked first: what changes while the rest is read has another version by then.
    const version = await installationVersion(store, context, { installationId })
    if (version === undefined) return undefined
    const [{ appId, botToken, botUserId }, now] = await Promise.all([
      openTokens(store, context, { installationId }),
      loadInstallation(store, context, { installationId }),
    ])
    const { scopes, settings } = now ?? installed
    const place = { tenantId, installationId, settings, scopes, externalId, botUserId, appId }
    return { botToken, place, version }
  }

  const isCurrent = async ({ place, version }: NonNullable<Found>): Promise<boolean> => {
    const context = { tenantId: place.tenantId, actor: { kind: 'system' } } as const
    return (await installationVersion(store, context, place)) === version
  }

  const look = (source: TeamOf): Promise<Found> => {
    const key = keyOf(source)
    const known = kept.get(key)
    if (known && known.untilMs > store.now()) return known.found
    const found = open(source)
    const entry = { found, untilMs: store.now() + keepMs }
    kept.delete(key)
    kept.set(key, entry)
    found.then(
      (there) => {
        if (!there) entry.untilMs = Math.min(entry.untilMs, store.now() + strangerMs)
      },
      () => kept.delete(key),
    )
    const [oldest] = kept.keys()
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest)
    return found
  }

  return {
    find,
    async authorize(source) {
      const of = { teamId: source.teamId, enterpriseId: source.enterpriseId }
      const known = await look(of)
      if (known && !(await isCurrent(known))) kept.delete(keyOf(of))
      const found = await look(of)
      if (!found) throw unknownWorkspace()
      const { botToken, place } = found
      return { botToken, botUserId: place.botUserId, place }
    },
    forget({ enterpriseId, teamId }) {
      for (const key of kept.keys()) {
        const [team, enterprise] = key.split(':')
        if ((teamId && team === teamId) || (enterpriseId && enterprise === enterpriseId)) kept.delete(key)
      }
    },
  }
}

export const unknownWorkspaceDetail = 'no installation for this team'

function unknownWorkspace(): LoomError {
  return new LoomError({
    kind: 'forbidden',
    message: 'Loom is not installed in this workspace.',
    detail: unknownWorkspaceDetail,
  })
}
