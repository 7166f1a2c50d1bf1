import type { Seals } from '../../core/seals.ts'
import type { InstallLink } from './links.ts'

/** What goes to the platform and comes back: which browser began, when, and by which account's link. */
export interface OAuthState {
  nonce: string
  issuedAtMs: number
  link: InstallLink | undefined
}

export function sealState(seals: Seals, { issuedAtMs, link, nonce }: OAuthState): string {
  const by = link ? [link.id, link.tenantId, link.identityId] : []
  return seals.seal('state', [nonce, String(issuedAtMs), ...by])
}

export function openState(seals: Seals, sealed: string): OAuthState | undefined {
  const [nonce, issuedAt, id, tenantId, identityId] = seals.open('state', sealed) ?? []
  if (!nonce || !issuedAt) return undefined
  const link = id && tenantId && identityId ? { id, tenantId, identityId } : undefined
  return { nonce, issuedAtMs: Number(issuedAt), link }
}
