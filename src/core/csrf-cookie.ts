/**
 * The one cookie that Loom sets: it ties what goes out to another site and comes back to the browser in which it began.
 * It says nothing of who that is, and is gone after minutes.
 */
export interface CsrfCookie {
  /** The value of a `set-cookie` header. */
  set(nonce: string, seconds: number): string
  clear(): string
  nonceIn(headers: Headers): string | undefined
}

export function csrfCookie(publicUrl: string): CsrfCookie {
  const secure = publicUrl.startsWith('https:')
  // The prefix is the browser's own word that nobody else of the same domain can set it.
  const name = secure ? '__Host-loom_csrf' : 'loom_csrf'
  const set = (nonce: string, seconds: number) =>
    `${name}=${nonce}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure ? '; Secure' : ''}`

  return {
    set,
    clear: () => set('', 0),
    nonceIn(headers) {
      const pairs = (headers.get('cookie') ?? '').split(';').map((pair) => pair.trim().split('='))
      return pairs.find(([pair]) => pair === name)?.[1] || undefined
    },
  }
}
