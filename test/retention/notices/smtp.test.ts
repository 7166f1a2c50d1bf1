import { type AddressInfo, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { toLoomError } from '../../../src/core/errors.ts'
import { createMailer, type Mail, type MailServer } from '../../../src/retention/notices/smtp.ts'
import { createAuthority } from '../../support/tls.ts'
import { bodyOf, type Fault, headerOf, openMailServer } from './mail-server.ts'

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
const closing: (() => unknown)[] = []

async function place(...[options]: Parameters<typeof openMailServer>) {
  const mail = await openMailServer(options)
  closing.push(mail.close)
  return mail
}

function mailerOf(server: MailServer) {
  const mailer = createMailer(server)
  closing.unshift(mailer.close)
  return mailer
}

const letter: Mail = {
  to: { name: 'Zoë Ångström', address: 'zoe@example.com' },
  id: 'notice.abc',
  subject: 'Loom’s privacy policy changes',
  text: 'Hello.\n.\nA line that begins with a point.',
  html: '<p>Hello.</p>',
}
const outcome = (sending: Promise<unknown>) =>
  sending.then(String, (thrown: unknown) => {
    const { detail, kind } = toLoomError(thrown)
    return `${kind}: ${detail}`
  })

describe('a mail', () => {
  it('arrives whole, with its own id, to one person, in two plain forms', async () => {
    const { received, server } = await place()
    expect(await mailerOf(server).send(letter)).toBe('sent')
    const [mail] = received
    const raw = mail?.raw ?? ''
    expect(mail?.to).toBe('zoe@example.com')
    expect(headerOf(raw, 'Message-ID')).toBe('<notice.abc@loom.example>')
    expect(headerOf(raw, 'From')).toBe('Loom <privacy@loom.example>')
    expect(headerOf(raw, 'To')).toMatch(/^=\?UTF-8\?\w\?.+\?= <zoe@example\.com>$/)
    expect(headerOf(raw, 'List-Unsubscribe')).toBeUndefined()
    expect(raw).toMatch(/multipart\/alternative/)
    expect(bodyOf(raw)).toContain('\r\n.\r\nA line that begins with a point.')
  })

  it('takes no header and no second address from a name', async () => {
    const { received, server } = await place()
    const to = { name: 'Eve\r\nBcc: all@example.com\r\n\r\n<script>', address: 'eve@example.com' }
    expect(await mailerOf(server).send({ ...letter, to })).toBe('sent')
    expect(received[0]?.to).toBe('eve@example.com')
    expect(headerOf(received[0]?.raw ?? '', 'Bcc')).toBeUndefined()
  })
})

describe('a server that does not take it', () => {
  const cases: [string, Fault, string][] = [
    ['has no such person', { at: 'rcpt', code: 550, says: '5.1.1 no such user' }, 'refused'],
    ['says so in old words', { at: 'rcpt', code: 550, says: 'No such user' }, 'refused'],
    ['has a mailbox that is closed', { at: 'data', code: 552, says: '5.2.1 disabled' }, 'refused'],
    [
      'does not relay for us',
      { at: 'rcpt', code: 554, says: '5.7.1 relay denied' },
      'refused: EENVELOPE RCPT TO 554 5.7.1',
    ],
    [
      'does not take our sender',
      { at: 'mail', code: 553, says: '5.1.8 bad sender' },
      'refused: EENVELOPE MAIL FROM 553 5.1.8',
    ],
    [
      'does not like the text',
      { at: 'data', code: 554, says: 'Message rejected' },
      'refused: EMESSAGE DATA 554',
    ],
    ['is busy', { at: 'rcpt', code: 451, says: '4.3.0 later' }, 'unavailable: EENVELOPE RCPT TO 451 4.3.0'],
    ['throttles', { at: 'data', code: 454, says: 'Throttling failure' }, 'unavailable: EMESSAGE DATA 454'],
    ['goes while it is sent', { at: 'inside' }, 'unavailable: ECONNECTION'],
    ['goes before it says so', { at: 'unsaid' }, 'unavailable: ECONNECTION'],
  ]
  it.each(cases)('because it %s is told from others', async (_, planned, expected) => {
    const { plan, received, server } = await place()
    const mailer = mailerOf(server)
    plan.push(planned)
    expect((await outcome(mailer.send(letter))).startsWith(expected)).toBe(true)
    // The next one goes all the same.
    expect(await mailer.send(letter)).toBe('sent')
    expect(received.filter(({ answered }) => answered)).toHaveLength(1)
  })

  it('because it says nothing more is given up', async () => {
    const { plan, server } = await place()
    plan.push({ at: 'silent' })
    expect(await outcome(mailerOf({ ...server, boundMs: 400 }).send(letter))).toMatch(/^unavailable: /)
  })

  it('because it trickles its words, which no time-out of a connection notices, is given up', async () => {
    const trickling = createServer((socket) => {
      const timer = setInterval(() => socket.write('2'), 20)
      socket.on('error', () => undefined).on('close', () => clearInterval(timer))
    })
    await new Promise<void>((resolve) => trickling.listen(0, '127.0.0.1', resolve))
    closing.push(() => new Promise((resolve) => trickling.close(resolve)))
    const { server } = await place()
    const { port } = trickling.address() as AddressInfo
    expect(await outcome(mailerOf({ ...server, port, boundMs: 400 }).send(letter))).toMatch(/^unavailable: /)
  })

  it('because it is not there is asked again later', async () => {
    const { close, server } = await openMailServer()
    await close()
    expect(await outcome(mailerOf(server).send(letter))).toMatch(/^unavailable: /)
    expect(await outcome(mailerOf(server).verify())).toMatch(/^unavailable: /)
  })
})

describe('a login', () => {
  const login = { user: 'loom', pass: 'pass word@1' }
  const onAuth: NonNullable<Parameters<typeof openMailServer>[0]>['onAuth'] = (
    { password, username },
    _,
    done,
  ) => {
    if (username === login.user && password === login.pass) done(null, { user: 'loom' })
    else done(new Error('no'))
  }

  it('is said over TLS that can be trusted alone', async () => {
    const authority = await createAuthority()
    const { certificate: cert, key } = await authority.issue('127.0.0.1')
    const { received, server } = await place({ onAuth, key, cert, server: { login, needsTls: true } })
    const trusting = mailerOf({ ...server, ca: authority.certificate })
    await trusting.verify()
    expect(await trusting.send(letter)).toBe('sent')
    expect(received[0]?.secure).toBe(true)
    expect(await outcome(mailerOf(server).send(letter))).toMatch(/^refused: ETLS/)
    const wrong = mailerOf({ ...server, ca: authority.certificate, login: { user: 'loom', pass: 'x' } })
    expect(await outcome(wrong.verify())).toMatch(/^refused: EAUTH/)
    expect(received).toHaveLength(1)
  })

  it('is not said to a server without TLS', async () => {
    let asked = 0
    const { received, server } = await place({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => {
        asked += 1
        done(null, { user: 'loom' })
      },
      server: { login, needsTls: true },
    })
    expect(await outcome(mailerOf(server).send(letter))).toMatch(/^refused: ETLS/)
    expect([asked, received.length]).toEqual([0, 0])
  })
})
