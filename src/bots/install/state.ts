import { createHmac, timingSafeEqual } from 'node:crypto'

/** What goes to the platform and comes back: which browser began, when, and for which account. */
export interface OAuthState {
  nonce: string
  issuedAtMs: number
  tenantId: string | undefined
}

/** Signs small records under one use of a key, and opens them again; `undefined` for anything else. */
export function createSeals(key: Buffer) {
  const mac = (use: string, body: string) => createHmac('sha256', key).update(`${use}\0${body}`).digest()

  return {
    seal(use: string, fields: readonly string[]): string {
      const body = Buffer.from(JSON.stringify(fields)).toString('base64url')
      return `${body}.${mac(use, body).toString('base64url')}`
    },
    open(use: string, sealed: string): string[] | undefined {
      const [body, shown, ...more] = sealed.split('.')
      if (!body || !shown || more.length > 0 || sealed.length > 2_000) return undefined
      const bytes = Buffer.from(shown, 'base64url')
      const wanted = mac(use, body)
      if (bytes.length !== wanted.length || !timingSafeEqual(bytes, wanted)) return undefined
      const fields: unknown = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))
      return Array.isArray(fields) ? fields.map(String) : undefined
    },
  }
}

export type Seals = ReturnType<typeof createSeals>

export function sealState(seals: Seals, { issuedAtMs, nonce, tenantId }: OAuthState): string {
  return seals.seal('state', [nonce, String(issuedAtMs), tenantId ?? ''])
}

export function openState(seals: Seals, sealed: string): OAuthState | undefined {
  const [nonce, issuedAt, tenantId] = seals.open('state', sealed) ?? []
  if (!nonce || !issuedAt) return undefined
  return { nonce, issuedAtMs: Number(issuedAt), tenantId: tenantId || undefined }
}
