import type { Seals } from '../../core/seals.ts'

/** What goes to Slack and comes back: which browser began, when, and for which account. */
export interface OAuthState {
  nonce: string
  issuedAtMs: number
  tenantId: string | undefined
}

export function sealState(seals: Seals, { issuedAtMs, nonce, tenantId }: OAuthState): string {
  return seals.seal('state', [nonce, String(issuedAtMs), tenantId ?? ''])
}

export function openState(seals: Seals, sealed: string): OAuthState | undefined {
  const [nonce, issuedAt, tenantId] = seals.open('state', sealed) ?? []
  if (!nonce || !issuedAt) return undefined
  return { nonce, issuedAtMs: Number(issuedAt), tenantId: tenantId || undefined }
}
