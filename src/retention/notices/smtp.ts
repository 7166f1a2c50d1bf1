import { createTransport } from 'nodemailer'
import { LoomError } from '../../core/errors.ts'
import type { NoticeText } from './words.ts'

/** A mail server, as the settings name it. */
export interface MailServer {
  host: string
  port: number | undefined
  secure: boolean
  login: { user: string; pass: string } | undefined
  /** Without TLS nothing is said to it. */
  needsTls: boolean
  from: { name: string; address: string }
  /** A certificate authority beside those that this machine trusts, in PEM. */
  ca?: string
  /** How many mails a second, at most. */
  perSecond?: number
  /** How long one mail may take, and a word of the server half of that. */
  boundMs?: number
}

export interface Mail extends NoticeText {
  to: { name: string; address: string }
  /** The same whenever this mail is sent again: by it a repeat can be told. */
  id: string
}

/** `refused`: that address takes no mail, for good. Anything else that goes wrong is thrown, and may pass. */
export type Sent = 'sent' | 'refused'

export interface Mailer {
  /**
   * Hands one mail over; `sent` once the server has taken it. Throws `unavailable` for what may pass, and `refused` for what
   * is wrong between us and the server (login, sender, TLS): then no mail to anybody will go. `detail` is codes alone.
   */
  send(mail: Mail): Promise<Sent>
  /** Connects and logs in, and sends nothing. Throws as `send` does. */
  verify(): Promise<void>
  close(): void
}

/** Connections to one mail server, opened when the first mail goes. */
export function createMailer(server: MailServer): Mailer {
  const { boundMs = 60_000, ca, from, host, login, needsTls, perSecond = 10, port, secure } = server
  const transport = createTransport({
    pool: true,
    host,
    secure,
    requireTLS: needsTls && !secure,
    ...(port === undefined ? {} : { port }),
    ...(login ? { auth: login } : {}),
    ...(ca ? { tls: { ca } } : {}),
    maxConnections: 4,
    // What was begun on a connection that closed is ours to repeat, later and under the same id.
    maxRequeues: 0,
    rateLimit: perSecond,
    connectionTimeout: boundMs / 2,
    greetingTimeout: boundMs / 2,
    socketTimeout: boundMs / 2,
    dnsTimeout: boundMs / 2,
    // A text is what is sent, never a file or address that it could name.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send({ html, id, subject, text, to }) {
      // A server that trickles its words is noticed by no time-out of the connection.
      const signal = AbortSignal.timeout(boundMs)
      const domain = from.address.slice(from.address.lastIndexOf('@') + 1)
      try {
        await transport.sendMail({
          ...{ from, to, subject, text, html, signal },
          messageId: `<${id}@${domain}>`,
          // For those that answer by themselves (RFC 3834): nobody is away to a notice.
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
        return 'sent'
      } catch (thrown) {
        if (isAddressRefused(thrown)) return 'refused'
        throw inOurWords(thrown)
      }
    },
    async verify() {
      try {
        await transport.verify()
      } catch (thrown) {
        throw inOurWords(thrown)
      }
    },
    close: () => transport.close({ force: true }),
  }
}

interface SmtpFault {
  code?: string
  command?: string
  responseCode?: number
  response?: string
  /** Of the connection, beneath what the library calls it. */
  originalCode?: string
}

/** The second number of RFC 3463: 5.1.x is the address, 5.2.x the mailbox, 5.7.x a rule against us. */
function statusOf({ response = '' }: SmtpFault): string | undefined {
  return /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1]
}

/**
 * Whether the server said for good that this one address takes no mail. A 5xx for the sender, the login, the text or a rule
 * of the server is no word about the person: with it a fault of ours would count everybody as told.
 */
function isAddressRefused(thrown: unknown): boolean {
  const fault = thrown as SmtpFault
  const { command, responseCode = 0 } = fault
  if (responseCode < 500) return command === 'API' && fault.code === 'EENVELOPE'
  const status = statusOf(fault)
  if (status === undefined) return command === 'RCPT TO' && [550, 551, 553].includes(responseCode)
  // 5.1.7 and 5.1.8 are about the sender's address.
  return /^5\.(1\.(?![78]$)|2\.)/.test(status) && command !== 'MAIL FROM'
}

const passing = new Set([
  'ECONNECTION',
  'ETIMEDOUT',
  'ESOCKET',
  'EDNS',
  'EPROTOCOL',
  'EABORT',
  'EMAXLIMIT',
  'ESTREAM',
])

function inOurWords(thrown: unknown): LoomError {
  const fault = thrown as SmtpFault
  const { command, originalCode = '', responseCode } = fault
  const code = isDistrust(originalCode) ? 'ETLS' : (fault.code ?? 'none')
  const detail = [code, command, responseCode, statusOf(fault)].filter(Boolean).join(' ')
  const mayPass = responseCode === undefined ? passing.has(code) || isTimeout(thrown) : responseCode < 500
  if (mayPass) {
    const message = 'The mail server did not take the mail for now. It is tried again.'
    return new LoomError({ kind: 'unavailable', message, detail, cause: thrown })
  }
  return new LoomError({ kind: 'refused', message: refusalWords(code, command), detail, cause: thrown })
}

/** What Node says of a certificate that it does not trust. It does not pass by waiting. */
function isDistrust(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL/.test(code)
}

function isTimeout(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === 'TimeoutError' || thrown.name === 'AbortError')
}

function refusalWords(code: string, command: string | undefined): string {
  if (code === 'ETLS') return 'The mail server offers no TLS that can be trusted, so nothing was said to it.'
  if (code === 'EAUTH') return 'The mail server does not take the login of LOOM_MAIL_URL.'
  if (command === 'MAIL FROM') return 'The mail server does not take mail from the address in LOOM_MAIL_FROM.'
  return 'The mail server takes no such mail from here. Its own log says why.'
}
