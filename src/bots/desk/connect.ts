import { LoomError } from '../../core/errors.ts'
import { platformNames } from '../../core/words.ts'
import type { InstallLinks } from '../install/links.ts'
import { mustBeAdmin } from './decide.ts'
import type { Acting, Desk, Reply } from './desk.ts'

/** A link by which an admin brings another platform to this account. Admins and owners. Throws `not_found`. */
export async function connect(desk: Desk, acting: Acting, input: { platform: string }): Promise<Reply> {
  await mustBeAdmin(desk, acting)
  if (!desk.installLinks) {
    throw new LoomError({ kind: 'not_found', message: 'Nothing can be connected by a link here.' })
  }
  const { identityId, tenantId } = acting.account
  const made = desk.installLinks.linkFor({ ...input, tenantId, identityId })
  const words = `Connect ${platformNames[made.platform]}`
  return { text: connectWords(made), changed: false, link: { href: made.href, words } }
}

export function connectWords({ href, platform }: ReturnType<InstallLinks['linkFor']>): string {
  return [
    `Open this within 15 minutes, where you are signed in to ${platformNames[platform]}:`,
    href,
    'It works once and is for you alone: what it is installed in belongs to this account from then on, and whoever completes it counts as you.',
  ].join('\n')
}
