import { createHmac, timingSafeEqual } from 'node:crypto'
import { LoomError } from './errors.ts'
import type { Clock } from './ports.ts'

export interface ArtifactLink {
  tenantId: string
  artifactId: string
  issuedAtMs: number
}

export interface Links {
  /** A URL that opens one artifact until it expires or the artifact's links are revoked. */
  sign(input: { tenantId: string; artifactId: string }): string
  /** What a URL's parts stand for. Throws `forbidden` for a forged one and `not_found` for an expired one. */
  verify(input: { artifactId: string; query: Readonly<Record<string, string>> }): ArtifactLink
}

/** Links signed with HMAC-SHA256 over artifact, tenant, moment of issue and expiry. */
export function createLinks(deps: { key: Buffer; baseUrl: string; now: Clock; ttlMs: number }): Links {
  const signature = (parts: readonly string[]) =>
    createHmac('sha256', deps.key).update(parts.join('\n')).digest('base64url')

  return {
    sign({ tenantId, artifactId }) {
      const issued = String(deps.now())
      const expires = String(deps.now() + deps.ttlMs)
      const query = new URLSearchParams({ t: tenantId, i: issued, e: expires })
      query.set('s', signature([artifactId, tenantId, issued, expires]))
      return `${deps.baseUrl}/a/${artifactId}?${query}`
    },
    verify({ artifactId, query }) {
      const { t: tenantId = '', i: issued = '', e: expires = '', s: given = '' } = query
      const wanted = Buffer.from(signature([artifactId, tenantId, issued, expires]))
      const shown = Buffer.from(given)
      if (shown.length !== wanted.length || !timingSafeEqual(shown, wanted)) {
        throw new LoomError({ kind: 'forbidden', message: 'This link was not made by Loom.' })
      }
      if (Number(expires) <= deps.now()) {
        throw new LoomError({
          kind: 'not_found',
          message: 'This link has expired. Ask for a new one in the thread.',
        })
      }
      return { tenantId, artifactId, issuedAtMs: Number(issued) }
    },
  }
}
