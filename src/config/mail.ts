import { type Sender, senderOf } from './sender.ts'
import { isLoopback, type Settings } from './settings.ts'

/** The mail server that notices go out by. */
export interface MailConfig {
  host: string
  /** `undefined`: 465 for `smtps:`, else 587. */
  port: number | undefined
  /** TLS from the first byte; otherwise by STARTTLS. */
  secure: boolean
  login: { user: string; pass: string } | undefined
  /** Whether nothing may be said in the open: always, but to this machine without a login. */
  needsTls: boolean
  /** Whom the mail is from: an address, or `Loom <privacy@example.com>`. */
  from: Sender
}

export function mailOf(env: Settings): MailConfig | undefined {
  const { LOOM_MAIL_FROM: from, LOOM_MAIL_URL: url } = env
  const sender = from === undefined ? undefined : senderOf(from)
  if (!url || !sender) return undefined
  const { hostname, password, port, protocol, username } = new URL(url)
  const login = username
    ? { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
    : undefined
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? undefined : Number(port),
    secure: protocol === 'smtps:',
    login,
    needsTls: login !== undefined || !isLoopback(url),
    from: sender,
  }
}

/** What makes sense only together; nothing when no mail server is named. */
export function mailFaults(env: Settings): string[] {
  const { LOOM_MAIL_FROM: from, LOOM_MAIL_URL: url } = env
  if (!url) return from ? ['LOOM_MAIL_FROM needs LOOM_MAIL_URL'] : []
  const { hostname, password, username } = new URL(url)
  return [
    ...(from ? [] : ['LOOM_MAIL_URL needs LOOM_MAIL_FROM']),
    ...(hostname ? [] : ['LOOM_MAIL_URL must name a host']),
    ...(Boolean(username) === Boolean(password)
      ? []
      : ['LOOM_MAIL_URL needs both a user and a password, or neither']),
    ...([username, password].some((part) => !isDecodable(part))
      ? ['LOOM_MAIL_URL has a user or password with a % that means nothing: write it as %25']
      : []),
  ]
}

function isDecodable(part: string): boolean {
  try {
    decodeURIComponent(part)
    return true
  } catch {
    return false
  }
}
