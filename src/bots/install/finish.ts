import { LoomError } from '../../core/errors.ts'
import type { Log } from '../../core/ports.ts'
import type { Store } from '../../storage/database.ts'
import { isAdmin } from '../../storage/identities/is-admin.ts'
import { linkIdentities } from '../../storage/identities/link.ts'
import { takeOnce } from '../../storage/inbox/take-once.ts'
import { type Saving, saveInstallation } from '../../storage/installations/save.ts'
import type { InstallLink } from './links.ts'

/**
 * Keeps an installation that a platform has confirmed: as an account of its own, or, by a link, for the account whose
 * admin made it, whom whoever completed it is from then on. A link works once. Answers what such a person must know, since
 * the link may have been given to them by another. Throws `forbidden` for one that was used,
 * whose maker is no admin any more, or where what is installed belongs to another account.
 */
export async function finishInstall(
  deps: { store: Store; log: Log },
  input: { saving: Omit<Saving, 'tenantId'>; link: InstallLink | undefined },
): Promise<{ sentences: readonly string[] }> {
  const { link, saving } = input
  const { store } = deps
  if (!link) {
    await saveInstallation(store, saving)
    return { sentences: [] }
  }
  const { identityId: sameAsId, tenantId } = link
  const context = { tenantId, actor: { kind: 'person', identityId: sameAsId } } as const
  const isGood =
    (await isAdmin(store, context)) &&
    (await takeOnce(store, context, { key: `install:${link.id}`, kind: 'install_link' }))
  if (!isGood) {
    throw new LoomError({ kind: 'forbidden', message: 'This link was used before, or is no longer good.' })
  }
  const { identityId, installationId } = await saveInstallation(store, { ...saving, tenantId })
  const linked =
    identityId === sameAsId ? 'already' : await linkIdentities(store, context, { identityId, sameAsId })
  deps.log.info({ tenantId, installationId, linked }, 'an account was connected to another chat')
  return { sentences: [...(linked === 'apart' ? [belongs] : [belongs, samePerson]), ifNot] }
}

const belongs = 'It belongs to the account whose admin made the link, with all that it costs.'
const samePerson = 'Whoever made the link and you are one person to Loom from now on.'
const ifNot = 'If that is not what you wanted, remove Loom there again.'
