import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { errorCode } from './faults.ts'

const accessFile = z.object({
  port: z.int().min(0).max(65_535),
  password: z.string().regex(/^[\w-]{20,}$/),
})

/** What opens the database: the superuser's password, and the port to prefer (0: none yet). */
export type Access = z.infer<typeof accessFile>

/** A password that needs no escaping in a URL, an SQL literal or a file. */
export function newPassword(): string {
  return randomBytes(24).toString('base64url')
}

/** Reads `home/postgres.json`; undefined when it is missing or does not parse. */
export async function readAccess(home: string): Promise<Access | undefined> {
  try {
    return accessFile.parse(JSON.parse(await readFile(join(home, 'postgres.json'), 'utf8')))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError || errorCode(error) === 'ENOENT') {
      return undefined
    }
    throw error
  }
}

/** Replaces `home/postgres.json`, mode 0600, whole or not at all. Call under the home's lock. */
export async function writeAccess(home: string, access: Access): Promise<void> {
  const path = join(home, 'postgres.json')
  const draft = `${path}.tmp`
  await rm(draft, { force: true })
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(access)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
}
