import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { LoomError } from '../../core/errors.ts'
import type { Clock, Sealer, Vault } from '../../core/ports.ts'
import { type KeyPurpose, keyPurposes } from '../../core/words.ts'
import { createSealer, type DataKey, newDataKey } from './envelope.ts'

const keptMs = 5 * 60_000
const tenantPattern = /^[0-9a-f-]{36}$/

/**
 * Data keys in files, `<directory>/<tenant>/<purpose>.key`, wrapped by the master key (AES-256-GCM, bound to tenant
 * and purpose). Destroying a tenant's keys is deleting its folder; other processes forget them within five minutes.
 */
export function createFileVault(deps: {
  directory: string
  masterKey: Buffer
  now: Clock
  purposes?: readonly KeyPurpose[]
}): Vault {
  const allowed = deps.purposes ?? keyPurposes
  const cache = new Map<string, { sealer: Sealer; until: number }>()
  const wrapKey = Buffer.from(hkdfSync('sha256', deps.masterKey, '', 'loom/wrap', 32))
  const directoryKey = Buffer.from(hkdfSync('sha256', deps.masterKey, '', 'loom/directory', 32))

  const folder = (tenantId: string) => {
    if (!tenantPattern.test(tenantId))
      throw new LoomError({ kind: 'invalid_input', message: 'No such account.' })
    return path.join(deps.directory, tenantId)
  }

  const create = async (tenantId: string) => {
    await mkdir(folder(tenantId), { recursive: true, mode: 0o700 })
    for (const purpose of keyPurposes) {
      const wrapped = wrap(wrapKey, `${tenantId}|${purpose}`, newDataKey())
      await writeOnce(path.join(folder(tenantId), `${purpose}.key`), wrapped)
    }
  }

  const sealer = async (tenantId: string, purpose: KeyPurpose): Promise<Sealer> => {
    if (!allowed.includes(purpose)) {
      throw new LoomError({
        kind: 'forbidden',
        message: 'This part of Loom may not open that.',
        detail: `key purpose ${purpose}`,
      })
    }
    const at = `${tenantId}|${purpose}`
    const cached = cache.get(at)
    if (cached && cached.until > deps.now()) return cached.sealer
    const wrapped = await readWrapped(path.join(folder(tenantId), `${purpose}.key`))
    const fresh = createSealer({ tenantId, purpose, dataKey: unwrap(wrapKey, at, wrapped) })
    const entry = { sealer: fresh, until: deps.now() + keptMs }
    cache.set(at, entry)
    // A process that nobody asks anything of forgets as well.
    setTimeout(() => cache.get(at) === entry && cache.delete(at), keptMs).unref()
    return fresh
  }

  return {
    create,
    sealer,
    async destroy(tenantId) {
      for (const purpose of keyPurposes) cache.delete(`${tenantId}|${purpose}`)
      await rm(folder(tenantId), { recursive: true, force: true })
    },
    async directoryHash(kind, outsideId) {
      return createHmac('sha256', directoryKey).update(kind).update('\0').update(outsideId).digest()
    },
    async derive(use) {
      return Buffer.from(hkdfSync('sha256', deps.masterKey, '', `loom/use/${use}`, 32))
    },
  }
}

/** Linking a finished file makes the first writer win: a key that was used once is never replaced. */
async function writeOnce(file: string, content: Buffer): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`
  const handle = await open(temporary, 'wx', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
  try {
    await link(temporary, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(temporary, { force: true })
  }
}

async function readWrapped(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT')
      throw new LoomError({ kind: 'not_found', message: 'The keys of this account are gone.', cause })
    throw new LoomError({
      kind: 'unavailable',
      message: 'The keys of this account cannot be read now.',
      detail: `key file: ${(cause as NodeJS.ErrnoException).code}`,
      cause,
    })
  }
}

function wrap(key: Buffer, context: string, dataKey: DataKey): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(context))
  return Buffer.concat([
    nonce,
    cipher.update(dataKey.id),
    cipher.update(dataKey.key),
    cipher.final(),
    cipher.getAuthTag(),
  ])
}

function unwrap(key: Buffer, context: string, wrapped: Buffer): DataKey {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(0, 12))
    decipher.setAAD(Buffer.from(context))
    decipher.setAuthTag(wrapped.subarray(wrapped.length - 16))
    const plain = Buffer.concat([
      decipher.update(wrapped.subarray(12, wrapped.length - 16)),
      decipher.final(),
    ])
    return { id: plain.subarray(0, 8), key: plain.subarray(8, 40) }
  } catch (cause) {
    throw new LoomError({
      kind: 'corrupt',
      message: 'The master key does not open the keys stored beside it. Put the right master key file back.',
      detail: 'unwrap failed',
      cause,
    })
  }
}
