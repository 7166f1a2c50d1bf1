import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { LoomError } from './errors.ts'
import type { Clock } from './ports.ts'
import type { ThreadId } from './thread-id.ts'

export interface ArtifactLink {
  tenantId: string
  artifactId: string
  issuedAtMs: number
  /** What `threadTag` gives for the thread that the link was made for; missing for one that was made for no thread. */
  threadTag?: string
}

export interface Links {
  /**
   * A URL that opens one artifact until its links are revoked. With `thread`, as long as there is the artifact, and only
   * while it belongs to that thread; without, until the link expires.
   */
  sign(input: { tenantId: string; artifactId: string; thread?: ThreadId }): string
  /** What a URL's parts stand for. Throws `forbidden` for a forged one and `not_found` for an expired one. */
  verify(input: { artifactId: string; key: string }): ArtifactLink
}

const tenantBytes = 16
const timeBytes = 6
const tagBytes = 8
const macBytes = 16
const plainBytes = tenantBytes + timeBytes
const boundBytes = plainBytes + tagBytes

/** A thread in a link: enough to tell it from others, and not what it is. */
export function threadTag(thread: string): string {
  return createHash('sha256').update(thread).digest().subarray(0, tagBytes).toString('hex')
}

/**
 * Links of the form `/a/<artifact>?k=<key>`. The key holds tenant, moment of issue, perhaps a thread, and an HMAC-SHA256
 * (128 bits of it) over these and the artifact: 38 or 46 bytes, base64url.
 */
export function createLinks(deps: {
  key: Buffer
  baseUrl: string
  now: Clock
  ttlMs: number
  /** What the address begins with: `a` for artifacts. */
  path?: string
}): Links {
  const { path = 'a' } = deps
  // The two forms are sealed apart, so that no byte of one can be read as part of the other.
  const mac = (head: Buffer, artifactId: string) =>
    createHmac('sha256', deps.key)
      .update(head.length === boundBytes ? 'bound\0' : '')
      .update(head)
      .update(artifactId)
      .digest()
      .subarray(0, macBytes)

  return {
    sign({ tenantId, artifactId, thread }) {
      const head = Buffer.alloc(thread === undefined ? plainBytes : boundBytes)
      head.write(tenantId.replaceAll('-', ''), 'hex')
      head.writeUIntBE(deps.now(), tenantBytes, timeBytes)
      if (thread !== undefined) head.write(threadTag(thread), plainBytes, 'hex')
      const key = Buffer.concat([head, mac(head, artifactId)]).toString('base64url')
      return `${deps.baseUrl}/${path}/${artifactId}?k=${key}`
    },
    verify({ artifactId, key }) {
      const bytes = Buffer.from(key, 'base64url')
      const isBound = bytes.length === boundBytes + macBytes
      const headBytes = isBound ? boundBytes : plainBytes
      const head = bytes.subarray(0, headBytes)
      const shown = bytes.subarray(headBytes)
      if (shown.length !== macBytes || !timingSafeEqual(shown, mac(head, artifactId))) {
        throw new LoomError({ kind: 'forbidden', message: 'This link was not made by Loom.' })
      }
      const issuedAtMs = head.readUIntBE(tenantBytes, timeBytes)
      if (!isBound && issuedAtMs + deps.ttlMs <= deps.now()) {
        throw new LoomError({ kind: 'not_found', message: 'This link has expired. Ask for a new one.' })
      }
      const hex = head.toString('hex', 0, tenantBytes)
      const tenantId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
      const link = { tenantId, artifactId, issuedAtMs }
      return isBound ? { ...link, threadTag: head.toString('hex', plainBytes) } : link
    },
  }
}
