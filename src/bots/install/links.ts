import { randomBytes } from 'node:crypto'
import { LoomError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import { createSeals } from '../../core/seals.ts'
import { type Platform, platformNames } from '../../core/words.ts'

const linkMs = 15 * 60_000

/** By whose word something is installed for an account that is there already. */
export interface InstallLink {
  /** Tells one link from another: each is used once. */
  id: string
  tenantId: string
  /** Who made it: whoever completes it is the same person. */
  identityId: string
}

export interface InstallLinks {
  /** The platforms that can be installed by a link here. */
  readonly platforms: readonly Platform[]
  /** An address that begins an installation for an account, good for a quarter of an hour. Throws `not_found`. */
  linkFor(input: { platform: string; tenantId: string; identityId: string }): {
    href: string
    platform: Platform
  }
  /** What stands behind the `for` of such an address; `undefined` for a forged one, an old one, or another platform's. */
  open(platform: Platform, sealed: string): InstallLink | undefined
}

/** Links by which an admin brings another platform to the same account. That each is used once is up to `finishInstall`. */
export function createInstallLinks(deps: {
  key: Buffer
  publicUrl: string
  now: Clock
  platforms: readonly Platform[]
}): InstallLinks {
  const { now, platforms, publicUrl } = deps
  const seals = createSeals(deps.key)
  const useOf = (platform: Platform) => `install:${platform}`

  return {
    platforms,
    linkFor({ identityId, tenantId, ...asked }) {
      const platform = platforms.find((name) => name === asked.platform.trim().toLowerCase())
      if (!platform) throw notByLink(platforms)
      const id = randomBytes(18).toString('base64url')
      const sealed = seals.seal(useOf(platform), [id, tenantId, identityId, String(now() + linkMs)])
      return { platform, href: `${publicUrl}/${platform}/install?for=${sealed}` }
    },
    open(platform, sealed) {
      const [id, tenantId, identityId, untilMs] = seals.open(useOf(platform), sealed) ?? []
      if (!id || !tenantId || !identityId || !(Number(untilMs) > now())) return undefined
      return { id, tenantId, identityId }
    },
  }
}

function notByLink(platforms: readonly Platform[]): LoomError {
  const names = platforms.map((name) => platformNames[name]).join(' and ')
  return new LoomError({
    kind: 'not_found',
    message:
      names === ''
        ? 'Nothing can be connected by a link here: that needs an app whose OAuth client stands in the settings.'
        : `What can be connected by a link here: ${names}.`,
  })
}
