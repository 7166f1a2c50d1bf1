import { readFileSync } from 'node:fs'
import net from 'node:net'
import { LoomError } from '../core/errors.ts'

/** Where a Postgres is and how it is spoken to, as both drivers take it. A host that begins with `/` is a socket's folder. */
export interface PostgresOptions {
  host: string
  port: number
  user?: string
  password?: string
  database?: string
  ssl: false | PostgresTls
}

/** For `tls.connect`. `host` is what the certificate must be for: without it an address is checked as `localhost`. */
export interface PostgresTls {
  host: string
  servername?: string
  ca?: string
  minVersion: 'TLSv1.2'
  rejectUnauthorized: true
}

/**
 * Reads a `postgres://` URL as libpq does, of its parameters `host`, `port`, `sslmode` and `sslrootcert`; others are
 * dropped, so that none reaches the server. Every host but this machine is spoken to in TLS, with the certificate and
 * its name verified: `sslmode` can ask for that on this machine too, and for nothing less elsewhere.
 *
 * Throws `invalid_input`; `setting` is the name of the setting that the person would mend.
 */
export function postgresOptions(url: string, setting = 'DATABASE_URL'): PostgresOptions {
  const faulty = (what: string) => new LoomError({ kind: 'invalid_input', message: `${setting} ${what}` })
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw faulty('must be one URL such as postgres://user:password@host:5432/database.')
  }
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text)
    } catch {
      throw faulty('has a percent sign that stands for nothing: write % as %25.')
    }
  }
  const parameters = parsed.searchParams
  const host = decode(parameters.get('host') ?? parsed.hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost'
  if (host.includes(',')) throw faulty('must name one host.')
  const port = Number(parsed.port || parameters.get('port') || 5432)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw faulty('must name a port of 1 to 65535.')
  return {
    host,
    port,
    ...(parsed.username ? { user: decode(parsed.username) } : {}),
    ...(parsed.password ? { password: decode(parsed.password) } : {}),
    ...(parsed.pathname.length > 1 ? { database: decode(parsed.pathname.slice(1)) } : {}),
    ssl: wantsTls(host, parameters, faulty) && tlsFor(host, parameters.get('sslrootcert'), faulty),
  }
}

/** Whether a host is this machine: what is said to it passes no wire. */
function isLocal(host: string): boolean {
  return (
    host.startsWith('/') ||
    host === 'localhost' ||
    host === '::1' ||
    (net.isIPv4(host) && /^127\./.test(host))
  )
}

type Faulty = (what: string) => LoomError

const verified = ['require', 'verify-ca', 'verify-full', 'no-verify']
const whereOffered = ['allow', 'prefer']

function wantsTls(host: string, parameters: URLSearchParams, faulty: Faulty): boolean {
  if (host.startsWith('/')) return false
  const mode = parameters.get('sslmode')
  if (mode !== null && mode !== 'disable' && !verified.includes(mode) && !whereOffered.includes(mode)) {
    throw faulty('has an sslmode that is not known: write sslmode=verify-full.')
  }
  if (isLocal(host)) {
    return mode === null ? parameters.has('sslrootcert') : verified.includes(mode)
  }
  if (mode === 'disable') {
    throw faulty(
      'asks for sslmode=disable on another machine: the password and all data would travel in the clear. Take it out, and give sslrootcert=/path/to/ca.pem where the server’s certificate is of a CA of its own.',
    )
  }
  return true
}

function tlsFor(host: string, rootCertificate: string | null, faulty: Faulty): PostgresTls {
  return {
    host,
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    ...(rootCertificate && rootCertificate !== 'system' ? { ca: bundle(rootCertificate, faulty) } : {}),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
  }
}

function bundle(file: string, faulty: Faulty): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw faulty(`names sslrootcert=${file}, which cannot be read.`)
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw faulty(`names sslrootcert=${file}, which holds no certificate in PEM.`)
}
