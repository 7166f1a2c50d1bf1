import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export interface Signing {
  accessKeyId: string
  secretAccessKey: string
  region: string
  nowMs: number
}

export type Refusal = { status: number; code: string; message?: string; region?: string }

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
const sha256 = (body: string | Buffer) => createHash('sha256').update(body).digest('hex')
const skewMs = 15 * 60_000
const longestPresignS = 7 * 24 * 3_600

/** Why S3 would refuse a request's signature (Signature Version 4, by header or by query), if it would. */
export function signatureFault(
  request: IncomingMessage,
  body: Buffer,
  signing: Signing,
): Refusal | undefined {
  const url = new URL(request.url ?? '', 'http://s3')
  const isPresigned = url.searchParams.has('X-Amz-Signature')
  const said = isPresigned ? fromQuery(url) : fromHeader(request)
  if (!said) return { status: 403, code: 'AccessDenied' }
  const [keyId, day = '', region = '', service] = said.credential.split('/')
  if (keyId !== signing.accessKeyId) return { status: 403, code: 'InvalidAccessKeyId' }
  if (region !== signing.region || service !== 's3') {
    const message = `the region '${region}' is wrong; expecting '${signing.region}'`
    return { status: 400, code: 'AuthorizationHeaderMalformed', message, region: signing.region }
  }
  const signedAtMs = parseMoment(said.moment)
  if (isPresigned) {
    const expiresS = Number(url.searchParams.get('X-Amz-Expires'))
    if (!(expiresS >= 1 && expiresS <= longestPresignS)) {
      return { status: 400, code: 'AuthorizationQueryParametersError' }
    }
    const untilMs = signedAtMs + expiresS * 1_000
    if (signedAtMs > signing.nowMs + skewMs)
      return { status: 403, code: 'AccessDenied', message: 'not valid yet' }
    if (untilMs < signing.nowMs) return { status: 403, code: 'AccessDenied', message: 'Request has expired' }
  } else if (Math.abs(signedAtMs - signing.nowMs) > skewMs) {
    return { status: 403, code: 'RequestTimeTooSkewed' }
  }
  const payload = isPresigned ? 'UNSIGNED-PAYLOAD' : String(request.headers['x-amz-content-sha256'])
  if (/^[0-9a-f]{64}$/.test(payload) && payload !== sha256(body)) {
    return { status: 400, code: 'XAmzContentSHA256Mismatch' }
  }
  const headers = said.signed
    .map((name) => `${name}:${String(request.headers[name] ?? '').trim()}\n`)
    .join('')
  const canonical = [
    request.method,
    url.pathname,
    canonicalQuery(url),
    headers,
    said.signed.join(';'),
    payload,
  ].join('\n')
  const scope = `${day}/${region}/s3/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', said.moment, scope, sha256(canonical)].join('\n')
  const key = ['s3', 'aws4_request'].reduce(
    (derived, part) => hmac(derived, part),
    hmac(hmac(`AWS4${signing.secretAccessKey}`, day), region),
  )
  const expected = createHmac('sha256', key).update(toSign).digest()
  const shown = Buffer.from(said.signature, 'hex')
  const isRight = shown.length === expected.length && timingSafeEqual(shown, expected)
  return isRight ? undefined : { status: 403, code: 'SignatureDoesNotMatch' }
}

interface Said {
  credential: string
  signed: string[]
  signature: string
  moment: string
}

function fromHeader({ headers }: IncomingMessage): Said | undefined {
  const match = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/.exec(
    headers.authorization ?? '',
  )
  const [, credential, signed, signature] = match ?? []
  if (!credential || !signed || !signature) return undefined
  return { credential, signed: signed.split(';'), signature, moment: String(headers['x-amz-date']) }
}

function fromQuery(url: URL): Said {
  const at = (name: string) => url.searchParams.get(`X-Amz-${name}`) ?? ''
  return {
    credential: at('Credential'),
    signed: at('SignedHeaders').split(';'),
    signature: at('Signature'),
    moment: at('Date'),
  }
}

/** `20261124T020000Z` in milliseconds. */
function parseMoment(moment: string): number {
  return Date.parse(moment.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}

function canonicalQuery(url: URL): string {
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  return [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}
