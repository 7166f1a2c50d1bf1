import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

/** What the next calls meet instead of an answer. */
export interface KmsFault {
  /** How many calls; `Infinity` until `recover`. */
  count: number
  /** AWS's word for it, or what becomes of the connection: `cut` breaks it, `stall` never answers. */
  type: string
  status?: number
  message?: string
  target?: KmsTarget
}

export type KmsTarget = 'GenerateDataKey' | 'Decrypt' | 'DescribeKey'
export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion'

export interface FakeKms {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  /** Every call that named a target, in order, with the encryption context it came with. */
  calls: { target: KmsTarget; context: Record<string, string> }[]
  count(target: KmsTarget): number
  fail(fault: KmsFault): void
  recover(): void
  setState(key: string, state: KeyState): void
  /** Whether it leaves the encryption context out of what it authenticates, as the real one never does. */
  setForgetful(forgetful: boolean): void
  /** How far the server's clock is ahead of this machine's. Requests dated over five minutes off are refused. */
  setClockOffset(ms: number): void
  [Symbol.asyncDispose](): Promise<void>
}

const region = 'eu-central-1'
const account = '111122223333'
const credentials = { accessKeyId: 'AKIDFAKEKMS', secretAccessKey: 'fake-secret' }
const toleratedMs = 5 * 60_000

const context = z.record(z.string(), z.string()).default({})
const generate = z.object({
  KeyId: z.string(),
  KeySpec: z.literal('AES_256'),
  EncryptionContext: context,
})
const decrypt = z.object({
  CiphertextBlob: z.base64(),
  KeyId: z.string().optional(),
  EncryptionContext: context,
})
const describe = z.object({ KeyId: z.string() })

interface Key {
  name: string
  arn: string
  secret: Buffer
  state: KeyState
}

class Refusal extends Error {
  readonly type: string
  readonly status: number
  constructor(type: string, message = '', status = 400) {
    super(message)
    this.type = type
    this.status = status
  }
}

/**
 * A KMS on loopback for the real SDK (AWS JSON 1.1): data keys under named symmetric keys, with the encryption context
 * authenticated. It checks access key, region and date of the signature, not the signature itself. Its messages name
 * ARNs, as the real ones do.
 */
export async function startKms(input: { keys: readonly string[] }): Promise<FakeKms> {
  const keys = new Map(input.keys.map((name) => [name, newKey(name)]))
  const calls: FakeKms['calls'] = []
  let faults: KmsFault[] = []
  let clockOffset = 0
  let forgetful = false
  const now = () => Date.now() + clockOffset

  const bound = (encryptionContext: Record<string, string>) =>
    Buffer.from(forgetful ? '' : JSON.stringify(Object.entries(encryptionContext).sort()))

  const find = (id: string): Key => {
    const key = keys.get(id) ?? [...keys.values()].find(({ arn }) => arn === id)
    if (!key) throw new Refusal('NotFoundException', `Key '${arnOf(id)}' does not exist`)
    if (key.state === 'Disabled') throw new Refusal('DisabledException', `${key.arn} is disabled.`)
    if (key.state === 'PendingDeletion')
      throw new Refusal('KMSInvalidStateException', `${key.arn} is pending deletion.`)
    return key
  }

  const serve = (target: KmsTarget, body: unknown): unknown => {
    if (target === 'GenerateDataKey') {
      const ask = parsed(generate, body)
      const key = find(ask.KeyId)
      const plain = randomBytes(32)
      return {
        KeyId: key.arn,
        Plaintext: plain.toString('base64'),
        CiphertextBlob: encrypt(key, bound(ask.EncryptionContext), plain).toString('base64'),
      }
    }
    if (target === 'Decrypt') {
      const ask = parsed(decrypt, body)
      const blob = Buffer.from(ask.CiphertextBlob, 'base64')
      const wanted = ask.KeyId === undefined ? undefined : find(ask.KeyId)
      const key = [...keys.values()].find((one) => blob.subarray(0, 16).equals(mark(one)))
      if (!key) throw new Refusal('InvalidCiphertextException')
      if (wanted && wanted !== key)
        throw new Refusal(
          'IncorrectKeyException',
          'The key ID in the request does not identify a CMK that can perform this operation.',
        )
      const plain = decryptBlob(find(key.name), bound(ask.EncryptionContext), blob)
      return { KeyId: key.arn, Plaintext: plain.toString('base64') }
    }
    const key = find(parsed(describe, body).KeyId)
    return { KeyMetadata: { KeyId: key.name, Arn: key.arn, Enabled: true, KeyState: key.state } }
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await jsonOf(request)
    const target = targetOf(request)
    if (target) calls.push({ target, context: contextOf(body) })
    const fault = faults.find((one) => one.count > 0 && (one.target ?? target) === target)
    if (fault) fault.count -= 1
    if (fault?.type === 'stall') return
    if (fault?.type === 'cut') return void request.socket.destroy()
    const reply = (status: number, value: unknown) =>
      response
        .writeHead(status, {
          'content-type': 'application/x-amz-json-1.1',
          'x-amzn-requestid': randomUUID(),
          date: new Date(now()).toUTCString(),
        })
        .end(JSON.stringify(value))
    try {
      checkSignature(request, now())
      if (fault) throw new Refusal(fault.type, fault.message, fault.status)
      if (!target) throw new Refusal('UnknownOperationException')
      reply(200, serve(target, body))
    } catch (thrown) {
      const refusal = thrown instanceof Refusal ? thrown : new Refusal('KMSInternalException', '', 500)
      reply(refusal.status, { __type: refusal.type, message: refusal.message })
    }
  }

  const server = createServer((request, response) => void answer(request, response).catch(() => undefined))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region,
    credentials,
    calls,
    count: (target) => calls.filter((call) => call.target === target).length,
    fail(fault) {
      faults.push({ ...fault })
    },
    recover() {
      faults = []
    },
    setState(name, state) {
      const key = keys.get(name)
      if (!key) throw new Error(`The fake KMS has no key ${name}.`)
      key.state = state
    },
    setForgetful(on) {
      forgetful = on
    },
    setClockOffset(ms) {
      clockOffset = ms
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function newKey(name: string): Key {
  return { name, arn: arnOf(name), secret: randomBytes(32), state: 'Enabled' }
}

function arnOf(name: string): string {
  if (name.startsWith('arn:')) return name
  return `arn:aws:kms:${region}:${account}:${name.startsWith('alias/') ? name : `key/${name}`}`
}

/** The first bytes of a key's ciphertexts. */
function mark(key: Key): Buffer {
  return createHash('sha256').update(key.arn).digest().subarray(0, 16)
}

function encrypt(key: Key, bound: Buffer, plain: Buffer): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key.secret, nonce).setAAD(bound)
  return Buffer.concat([mark(key), nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function decryptBlob(key: Key, bound: Buffer, blob: Buffer): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.secret, blob.subarray(16, 28))
    decipher.setAAD(bound).setAuthTag(blob.subarray(-16))
    return Buffer.concat([decipher.update(blob.subarray(28, -16)), decipher.final()])
  } catch {
    throw new Refusal('InvalidCiphertextException')
  }
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body)
  if (!result.success) throw new Refusal('ValidationException', result.error.message)
  return result.data
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    return undefined
  }
}

function targetOf(request: IncomingMessage): KmsTarget | undefined {
  const name = String(request.headers['x-amz-target']).replace('TrentService.', '')
  return (['GenerateDataKey', 'Decrypt', 'DescribeKey'] as const).find((one) => one === name)
}

function contextOf(body: unknown): Record<string, string> {
  return z.object({ EncryptionContext: context }).safeParse(body).data?.EncryptionContext ?? {}
}

function checkSignature(request: IncomingMessage, nowMs: number): void {
  const authorization = request.headers.authorization ?? ''
  const scope = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/kms\/aws4_request, /.exec(
    authorization,
  )
  if (!scope) throw new Refusal('MissingAuthenticationTokenException', 'Request is missing a signature.')
  if (scope[1] !== credentials.accessKeyId)
    throw new Refusal('UnrecognizedClientException', 'The security token included is invalid.')
  if (scope[2] !== region)
    throw new Refusal('InvalidSignatureException', `Credential should be scoped to ${region}.`)
  const stamp = String(request.headers['x-amz-date'])
  const date = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (date < nowMs - toleratedMs)
    throw new Refusal('InvalidSignatureException', `Signature expired: ${stamp} is now too early.`)
  if (!(date <= nowMs + toleratedMs))
    throw new Refusal('InvalidSignatureException', `Signature not yet current: ${stamp} is still too late.`)
}
