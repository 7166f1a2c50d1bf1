import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { MailServer } from '../../../src/retention/notices/smtp.ts'

export interface Received {
  to: string
  /** The message as it came over the wire. */
  raw: string
  secure: boolean
  /** Whether the client heard that it was taken. */
  answered: boolean
}

export interface TestMailServer {
  server: MailServer
  received: Received[]
  /** What it says to the next mails, in order; then it takes everything. */
  plan: Fault[]
  /** Addresses that take no mail. */
  closed: Set<string>
  close(): Promise<void>
}

export type Fault =
  | { at: 'rcpt' | 'data' | 'mail'; code: number; says: string }
  /** The connection ends while the text is on its way, or after it was taken and before that is said. */
  | { at: 'inside' | 'unsaid' }
  /** It says nothing more. */
  | { at: 'silent' }

const fault = (code: number, says: string) => Object.assign(new Error(says), { responseCode: code })

/** The real server by the makers of the client, on this machine. */
export async function openMailServer(
  options: SMTPServerOptions & { server?: Partial<MailServer> } = {},
): Promise<TestMailServer> {
  const { server: part, ...smtp } = options
  const received: Received[] = []
  const plan: Fault[] = []
  const closed = new Set<string>()
  const nextAt = (at: Fault['at']) => (plan[0]?.at === at ? plan.shift() : undefined)
  const mailbox = new SMTPServer({
    authOptional: true,
    disabledCommands: smtp.onAuth ? [] : ['AUTH', 'STARTTLS'],
    logger: false,
    ...smtp,
    onMailFrom(_address, _session, done) {
      const planned = nextAt('mail')
      done(planned && 'code' in planned ? fault(planned.code, planned.says) : null)
    },
    onRcptTo({ address }, _session, done) {
      if (closed.has(address)) return done(fault(550, '5.1.1 no such user'))
      const planned = nextAt('rcpt')
      done(planned && 'code' in planned ? fault(planned.code, planned.says) : null)
    },
    onData(stream, session, done) {
      if (nextAt('inside')) {
        stream.resume()
        return cut(session.id)
      }
      void text(stream).then((raw) => {
        const planned = nextAt('data')
        if (planned && 'code' in planned) return done(fault(planned.code, planned.says))
        if (nextAt('silent')) return
        const unsaid = nextAt('unsaid') !== undefined
        const to = session.envelope.rcptTo.map(({ address }) => address).join(',')
        received.push({ to, raw, secure: session.secure, answered: !unsaid })
        if (unsaid) cut(session.id)
        else done(null)
      })
    },
  })
  /** As when the machine goes: without a word. */
  const cut = (id: string) => {
    for (const connection of mailbox.connections) {
      const { session, _socket } = connection as unknown as {
        session: { id: string }
        _socket: { destroy(): void }
      }
      if (session.id === id) _socket.destroy()
    }
  }
  mailbox.on('error', () => undefined)
  await new Promise<void>((resolve) => mailbox.listen(0, '127.0.0.1', resolve))
  const { port } = mailbox.server.address() as AddressInfo
  return {
    received,
    plan,
    closed,
    server: {
      ...{ host: '127.0.0.1', port, secure: false, login: undefined, needsTls: false, perSecond: 1_000 },
      from: { name: 'Loom', address: 'privacy@loom.example' },
      ...part,
    },
    close: () => new Promise((resolve) => mailbox.close(() => resolve())),
  }
}

/** One header of a message, unfolded. */
export function headerOf(raw: string, name: string): string | undefined {
  const head = (raw.split('\r\n\r\n')[0] ?? '').replace(/\r\n[ \t]+/g, ' ')
  return head
    .split('\r\n')
    .find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    ?.slice(name.length + 1)
    .trim()
}

/** The parts of a message in plain text, decoded. */
export function bodyOf(raw: string): string {
  return raw
    .replace(/=\r\n/g, '')
    .replace(/(=[0-9A-F]{2})+/g, (hex) => Buffer.from(hex.replaceAll('=', ''), 'hex').toString())
}
