import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { LoomError } from '../../core/errors.ts'

/**
 * The master key: 32 bytes, base64, in a file that only its owner reads. Made at the first start; when keys wrapped
 * by an earlier one already lie in `keysDirectory`, a missing file is a fault and never replaced.
 */
export async function loadMasterKey(input: { file: string; keysDirectory: string }): Promise<Buffer> {
  const text = await readFile(input.file, 'utf8').catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw unreadable(input.file, error)
    await refuseToReplace(input)
    await createKeyFile(input.file)
    return readFile(input.file, 'utf8')
  })
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length !== 32 || key.toString('base64') !== text.trim()) {
    throw new LoomError({
      kind: 'corrupt',
      message: `The master key file ${input.file} is damaged: it should hold 32 bytes in base64. Restore it from your copy; without it what is stored cannot be read.`,
      detail: 'master key malformed',
    })
  }
  await chmod(input.file, 0o600).catch(() => undefined)
  return key
}

async function refuseToReplace(input: { file: string; keysDirectory: string }): Promise<void> {
  const existing = await readdir(input.keysDirectory).catch(() => [])
  if (existing.length === 0) return
  throw new LoomError({
    kind: 'corrupt',
    message: `The master key file ${input.file} is missing, and keys made with it are in ${input.keysDirectory}. Restore the file; a new one could not open what is stored.`,
    detail: 'master key missing',
  })
}

/** Two first starts at once agree on one key: the link that comes first stays. */
async function createKeyFile(file: string): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
    await writeFile(temporary, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
    await link(temporary, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unreadable(file, error)
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined)
  }
}

function unreadable(file: string, cause: unknown): LoomError {
  return new LoomError({
    kind: 'unavailable',
    message: `The master key file ${file} cannot be read or made. Check that its directory is writable, or set LOOM_MASTER_KEY_FILE.`,
    retryable: false,
    cause,
  })
}
