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
  verify(input: { artifactId: string; key: string }): ArtifactLink
}

const tenantBytes = 16
const timeBytes = 6
const macBytes = 16

/**
 * Links of the form `/a/<artifact>?k=<key>`. The key holds tenant, moment of issue and an HMAC-SHA256 (128 bits of it)
 * over these and the artifact: 38 bytes, base64url.
 */
export function createLinks(deps: { key: Buffer; baseUrl: string; now: Clock; ttlMs: number }): Links {
  const mac = (head: Buffer, artifactId: string) =>
    createHmac('sha256', deps.key).update(head).update(artifactId).digest().subarray(0, macBytes)

  return {
    sign({ tenantId, artifactId }) {
      const head = Buffer.alloc(tenantBytes + timeBytes)
      head.write(tenantId.replaceAll('-', ''), 'hex')
      head.writeUIntBE(deps.now(), tenantBytes, timeBytes)
      const key = Buffer.concat([head, mac(head, artifactId)]).toString('base64url')
      return `${deps.baseUrl}/a/${artifactId}?k=${key}`
    },
    verify({ artifactId, key }) {
      const bytes = Buffer.from(key, 'base64url')
      const head = bytes.subarray(0, tenantBytes + timeBytes)
      const shown = bytes.subarray(tenantBytes + timeBytes)
      if (shown.length !== macBytes || !timingSafeEqual(shown, mac(head, artifactId))) {
        throw new LoomError({ kind: 'forbidden', message: 'This link was not made by Loom.' })
      }
      const issuedAtMs = head.readUIntBE(tenantBytes, timeBytes)
      if (issuedAtMs + deps.ttlMs <= deps.now()) {
        throw new LoomError({ kind: 'not_found', message: 'This link has expired. Ask for a new one.' })
      }
      const hex = head.toString('hex', 0, tenantBytes)
      const tenantId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
      return { tenantId, artifactId, issuedAtMs }
    },
  }
}
