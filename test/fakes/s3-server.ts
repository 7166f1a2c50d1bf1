import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { S3Bucket, S3Upload, S3Version } from './s3/bucket.ts'
import { unchunk } from './s3/chunks.ts'
import { type Answer, type Asked, route } from './s3/routes.ts'
import { type Refusal, signatureFault } from './s3/signature.ts'

export interface S3Request {
  method: string
  path: string
  query: URLSearchParams
  headers: Record<string, string | undefined>
}

export interface S3Fault {
  /** How many requests meet it; it stays for good without one. */
  count?: number
  match?: (request: S3Request) => boolean
  status: number
  code: string
  headers?: Record<string, string>
}

export interface S3Fake {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  requests: S3Request[]
  /** How far the server's clock is from this machine's. */
  clockOffsetMs: number
  objects(bucket: string): readonly S3Version[]
  uploads(bucket: string): readonly S3Upload[]
  fail(fault: S3Fault): void
  /** Everything answers again. */
  mend(): void
  /** Breaks the connection in the middle of the next bodies. */
  cutBodies(count: number): void
  /** Falls silent in the middle of the next bodies and keeps the connection. */
  stallBodies(count: number): void
  /** Refuses to delete an object, in an answer of 200 as S3 does. */
  keep(bucket: string, key: string): void
  /** Flips a byte of what is stored and keeps its checksum. */
  corrupt(bucket: string, key: string): void
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * S3 on loopback for the real SDK, addressed by path: objects, versions, parts, conditional writes, presigned addresses.
 * It refuses what S3 refuses of signatures, clocks, regions, checksums and sizes of parts.
 */
export async function startS3(input: {
  region?: string
  buckets: readonly { name: string; versioning?: 'Enabled' | 'Suspended'; requireKms?: boolean }[]
  accessKeyId?: string
  secretAccessKey?: string
}): Promise<S3Fake> {
  const { accessKeyId = 'AKIATEST', region = 'eu-central-1', secretAccessKey = 'test-secret' } = input
  const buckets = new Map<string, S3Bucket>(
    input.buckets.map(({ name, requireKms = false, versioning }) => [
      name,
      { name, versioning, requireKms, kept: new Set(), versions: [], uploads: [] },
    ]),
  )
  const faults: S3Fault[] = []
  let cuts = 0
  let stalls = 0
  const bucketOf = (name: string) => {
    const bucket = buckets.get(name)
    if (!bucket) throw new Error(`no bucket ${name}`)
    return bucket
  }

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const raw = await bodyOf(request)
    const seen = requestOf(request)
    fake.requests.push(seen)
    const body = unchunk(raw, seen.headers)
    const nowMs = Date.now() + fake.clockOffsetMs
    const outcome = () => {
      const fault = faults.find((each) => each.match?.(seen) ?? true)
      if (fault) {
        if (fault.count !== undefined && --fault.count <= 0) faults.splice(faults.indexOf(fault), 1)
        return { refusal: fault, headers: fault.headers }
      }
      const unsigned = signatureFault(request, raw, { accessKeyId, secretAccessKey, region, nowMs })
      if (unsigned) return { refusal: unsigned }
      const [, name = '', ...rest] = seen.path.split('/')
      const bucket = buckets.get(name)
      if (!bucket) return { refusal: { status: 404, code: 'NoSuchBucket' } }
      const asked: Asked = { ...seen, bucket, key: decodeURIComponent(rest.join('/')), body }
      return route(asked)
    }
    const answer = outcome()
    response.setHeader('date', new Date(nowMs).toUTCString())
    if ('refusal' in answer && answer.refusal) {
      const headers = 'headers' in answer ? answer.headers : undefined
      return send(response, errorAnswer(answer.refusal, headers))
    }
    if ('refusal' in answer) return
    const { body: found } = answer
    if (found instanceof Buffer && cuts + stalls > 0) {
      const isCut = cuts > 0
      if (isCut) cuts -= 1
      else stalls -= 1
      response.writeHead(answer.status, answer.headers)
      response.write(found.subarray(0, Math.floor(found.length / 2)), () => isCut && response.destroy())
      return
    }
    send(response, answer)
  }

  const server = createServer(
    (request, response) => void handle(request, response).catch(() => response.destroy()),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const fake: S3Fake = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region,
    credentials: { accessKeyId, secretAccessKey },
    requests: [],
    clockOffsetMs: 0,
    objects: (name) => bucketOf(name).versions,
    uploads: (name) => bucketOf(name).uploads,
    fail: (fault) => void faults.push({ ...fault }),
    mend: () => void faults.splice(0),
    cutBodies(count) {
      cuts = count
    },
    stallBodies(count) {
      stalls = count
    },
    keep: (name, key) => void bucketOf(name).kept.add(key),
    corrupt(name, key) {
      const found = bucketOf(name).versions.find((version) => version.key === key)
      if (!found) throw new Error(`no object ${key}`)
      found.body = Buffer.from(found.body.map((byte, index) => (index === 0 ? byte ^ 1 : byte)))
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return fake
}

function requestOf(request: IncomingMessage): S3Request {
  const url = new URL(request.url ?? '', 'http://s3')
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : value,
    ]),
  )
  return { method: request.method ?? '', path: url.pathname, query: url.searchParams, headers }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function errorAnswer(
  { code, message, region, status }: Refusal,
  headers: Record<string, string> = {},
): Answer {
  const where = region ? `<Region>${region}</Region>` : ''
  const said = `<Code>${code}</Code><Message>${message ?? code}</Message>${where}<RequestId>test</RequestId>`
  return {
    status,
    headers: {
      'content-type': 'application/xml',
      ...(region ? { 'x-amz-bucket-region': region } : {}),
      ...headers,
    },
    body: `<?xml version="1.0" encoding="UTF-8"?><Error>${said}</Error>`,
  }
}

function send(response: ServerResponse, { body, headers, status }: Answer): void {
  response.writeHead(status, headers).end(body)
}
