import type { Authorize } from '@slack/bolt'
import { LoomError } from '../../core/errors.ts'
import type { Store } from '../../storage/database.ts'
import { findInstallation, type Installed, loadInstallation } from '../../storage/installations/find.ts'
import { openTokens } from '../../storage/installations/tokens.ts'
import { installationVersion } from '../../storage/installations/version.ts'
import { type Found, keepPlaces } from '../keep-places.ts'
import type { SlackPlace } from './place.ts'

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

type OpenPlace = SlackPlace & { botToken: string }

/** Finds tenant, installation and token of a verified request by its team or enterprise, and by nothing else in it. */
export function createAuthorizer(deps: { store: Store }): Authorizer {
  const { store } = deps

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

  const open = async (source: TeamOf): Promise<Found<OpenPlace> | undefined> => {
    const installed = await find(source)
    if (!installed || installed.revoked) return undefined
    const { externalId, installationId, tenantId } = installed
    const context = { tenantId, actor: { kind: 'system' } } as const
    // Asked first: what changes while the rest is read has another version by then.
    const version = await installationVersion(store, context, { installationId })
    if (version === undefined) return undefined
    const [tokens, now] = await Promise.all([
      openTokens(store, context, { installationId }),
      loadInstallation(store, context, { installationId }),
    ])
    const { scopes, settings } = now ?? installed
    return { version, place: { tenantId, installationId, settings, scopes, externalId, ...tokens } }
  }

  const places = keepPlaces<TeamOf, OpenPlace>(deps, {
    keyOf: ({ enterpriseId, teamId }) => `${teamId ?? ''}:${enterpriseId ?? ''}`,
    open,
  })

  return {
    find,
    async authorize(source) {
      const found = await places.placeOf({ teamId: source.teamId, enterpriseId: source.enterpriseId })
      if (!found) throw unknownWorkspace()
      const { botToken, ...place } = found
      return { botToken, botUserId: place.botUserId, place }
    },
    forget({ enterpriseId, teamId }) {
      places.forget((key) => {
        const [team, enterprise] = key.split(':')
        return Boolean((teamId && team === teamId) || (enterpriseId && enterprise === enterpriseId))
      })
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
