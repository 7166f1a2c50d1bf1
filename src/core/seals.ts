import { createHmac, timingSafeEqual } from 'node:crypto'

/** Records that leave Loom and come back by a browser: signed for one use, and readable by whoever holds them. */
export interface Seals {
  seal(use: string, fields: readonly string[]): string
  /** `undefined` for anything that was not sealed for this use under this key. */
  open(use: string, sealed: string): string[] | undefined
}

const mostCharacters = 2_000

export function createSeals(key: Buffer): Seals {
  const mac = (use: string, body: string) => createHmac('sha256', key).update(`${use}\0${body}`).digest()

  return {
    seal(use, fields) {
      const body = Buffer.from(JSON.stringify(fields)).toString('base64url')
      return `${body}.${mac(use, body).toString('base64url')}`
    },
    open(use, sealed) {
      const [body, shown, ...more] = sealed.split('.')
      if (!body || !shown || more.length > 0 || sealed.length > mostCharacters) return undefined
      const bytes = Buffer.from(shown, 'base64url')
      const wanted = mac(use, body)
      if (bytes.length !== wanted.length || !timingSafeEqual(bytes, wanted)) return undefined
      const fields: unknown = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))
      return Array.isArray(fields) ? fields.map(String) : undefined
    },
  }
}
