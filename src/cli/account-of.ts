import { LoomError } from '../core/errors.ts'
import { installationKinds, platforms } from '../core/words.ts'
import type { Parts } from '../roles/parts.ts'
import type { Store, TenantContext } from '../storage/database.ts'
import { findInstallation } from '../storage/installations/find.ts'
import { localOwner } from './local-owner.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** By its id, by a workspace of it, or, on this machine, the local owner's. */
export async function accountOf(
  parts: Parts,
  store: Store,
  name: string | undefined,
): Promise<TenantContext> {
  const tenantId = name !== undefined && uuid.test(name) ? name : await findAccount(parts, store, name)
  if (tenantId) return { tenantId, actor: { kind: 'operator' } }
  throw new LoomError({
    kind: 'not_found',
    message:
      'There is no such account. Name it by its id, or by a workspace as in --account slack:team:T0123',
  })
}

async function findAccount(
  { config }: Parts,
  store: Store,
  name: string | undefined,
): Promise<string | undefined> {
  if (name === undefined) {
    if (config.mode === 'hosted') {
      const message = 'Say whose account: --account slack:team:T0123, or its id.'
      throw new LoomError({ kind: 'invalid_input', message })
    }
    return (await findInstallation(store, localOwner))?.tenantId
  }
  const [first, second, ...rest] = name.split(':')
  const platform = platforms.find((one) => one === first)
  const kind = installationKinds.find((one) => one === second)
  if (!platform || !kind || rest.length === 0) return undefined
  return (await findInstallation(store, { platform, kind, externalId: rest.join(':') }))?.tenantId
}
