import { LoomError } from '../core/errors.ts'
import { type TlsFault, tlsFaultOf } from '../core/tls-fault.ts'

/**
 * Codes of a server that is away, going or coming: of the driver, of the system, and SQLSTATE's. 25006 is a primary
 * that has become a standby under us.
 */
const away =
  /^(CONNECT_TIMEOUT|CONNECTION_\w+|ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_\w+|E(HOST|NET)(UNREACH|DOWN)|ERR_SOCKET_CLOSED|ERR_STREAM_\w+|57P0\w|08\w{3}|53\w{3}|25006)$/

/** What `loom.expect` fails with: a row was not as the statement had to find it. */
export const notExpected = 'LM001'

/** What `loom.enter` fails with for an account that is being erased. */
export const accountGone = 'LM002'

/** A driver's error as ours; the driver's message may quote values, so it stays in `cause` and out of logs. */
export function databaseError(thrown: unknown): unknown {
  if (thrown instanceof LoomError) return thrown
  const original = (thrown as { cause?: unknown })?.cause ?? thrown
  if (original instanceof LoomError) return original
  const code = String((original as { code?: unknown })?.code ?? (thrown as { code?: unknown })?.code ?? '')
  const refusal = refusalOf(original, code)
  if (refusal) return new LoomError({ ...refusal, detail: code, retryable: false, cause: thrown })
  if (away.test(code) || isMissingSocket(original)) {
    return new LoomError({
      kind: 'unavailable',
      message:
        code === '53300'
          ? 'The database has no connection left for Loom. Raise its max_connections, or run fewer processes.'
          : 'The database does not answer. Nothing is lost; Loom goes on when it is back.',
      detail: code,
      cause: thrown,
    })
  }
  if (code === '40P01' || code === '40001' || code === '23505') {
    const constraint = (original as { constraint_name?: string })?.constraint_name
    return new LoomError({
      kind: 'conflict',
      message: 'Somebody else changed this at the same moment.',
      detail: `${code} ${constraint ?? ''}`.trim(),
      retryable: code !== '23505',
      cause: thrown,
    })
  }
  if (code === notExpected) {
    return new LoomError({
      kind: 'conflict',
      message: 'Somebody else changed this at the same moment.',
      detail: code,
      retryable: false,
      cause: thrown,
    })
  }
  if (code === accountGone) {
    return new LoomError({
      kind: 'forbidden',
      message: 'This account of Loom is deleted.',
      detail: code,
      cause: thrown,
    })
  }
  if (code === '') return thrown
  return new LoomError({
    kind: 'internal',
    message: 'A database statement failed.',
    detail: code,
    cause: thrown,
  })
}

const tlsWords: Record<TlsFault, string> = {
  untrusted:
    'The database’s certificate is not trusted. Give its CA: sslrootcert=/path/to/ca.pem at the end of DATABASE_URL, or NODE_EXTRA_CA_CERTS.',
  expired:
    'The database’s certificate has expired or is not yet valid. Renew it, and check this machine’s clock.',
  name: 'The database’s certificate is for another host name. Write the host in DATABASE_URL as the certificate has it.',
  handshake:
    'The database and Loom found no common TLS. Let the server offer TLS 1.2 or newer, and check that DATABASE_URL names a Postgres.',
}

/** What a server that is there refuses: waiting does not help, somebody has to mend a setting. */
function refusalOf(
  original: unknown,
  code: string,
): { kind: LoomError['kind']; message: string } | undefined {
  const tls = tlsFaultOf(original)
  if (tls) return { kind: 'unavailable', message: tlsWords[tls] }
  if (code === '28P01' || code === '28000') {
    return {
      kind: 'unavailable',
      message: 'The database refused the login or its password. Check both in DATABASE_URL.',
    }
  }
  if (code === '3D000') {
    return {
      kind: 'unavailable',
      message: 'The server has no database of the name in DATABASE_URL. Create it, or correct the name.',
    }
  }
  // What the driver sends when a connection opens is the role and nothing else that can fail so.
  if ((original as { severity?: unknown })?.severity === 'FATAL' && (code === '42501' || code === '22023')) {
    return {
      kind: 'forbidden',
      message:
        'The database login may not act as its role. Migrate first (npm run loom -- migrate), and grant the login loom_app or loom_worker.',
    }
  }
  return undefined
}

function isMissingSocket(original: unknown): boolean {
  const { code, syscall } = (original ?? {}) as { code?: unknown; syscall?: unknown }
  return code === 'ENOENT' && syscall === 'connect'
}
