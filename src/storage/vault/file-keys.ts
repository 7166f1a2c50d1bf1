import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { LoomError } from '../../core/errors.ts'
import { type DataKey, newDataKey } from './envelope.ts'
import { isTenant, keysGone, tenantFolder, type WrappedKeys } from './wrapped-keys.ts'

/**
 * Data keys in files, `<directory>/<tenant>/<purpose>.key`: nonce (12 bytes), key id and key (8, 32; encrypted), tag
 * (16). AES-256-GCM under a key that follows from the master key; tenant and purpose are authenticated.
 */
export function createFileKeys(deps: { directory: string; masterKey: Buffer }): WrappedKeys {
  const wrapKey = Buffer.from(hkdfSync('sha256', deps.masterKey, '', 'loom/wrap', 32))
  const folder = (tenantId: string) => path.join(deps.directory, tenantFolder(tenantId))

  return {
    async create(tenantId, purpose) {
      await mkdir(folder(tenantId), { recursive: true, mode: 0o700 })
      const wrapped = wrap(wrapKey, `${tenantId}|${purpose}`, newDataKey())
      await writeOnce(path.join(folder(tenantId), `${purpose}.key`), wrapped)
    },
    async open(tenantId, purpose) {
      const wrapped = await readWrapped(path.join(folder(tenantId), `${purpose}.key`))
      return unwrap(wrapKey, `${tenantId}|${purpose}`, wrapped)
    },
    async destroy(tenantId) {
      await rm(folder(tenantId), { recursive: true, force: true })
    },
    async tenants() {
      const names = await readdir(deps.directory).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return []
        throw error
      })
      return names.filter(isTenant)
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
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw keysGone(cause)
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
