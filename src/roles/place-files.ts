import { constants, createWriteStream } from 'node:fs'
import { copyFile, mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { ObjectStore } from '../core/ports.ts'
import type { StoredFile } from '../storage/jobs/answer.ts'
import { objectKeys } from '../storage/objects/keys.ts'
import type { Parts } from './parts.ts'

/**
 * Hands an artifact to the person at this machine: a copy of their own at `<home>/out/<title>-<job>/…`, under the name
 * it has below `final/`. What they do with the copy does not touch the artifact. Answers the path, relative to `from`.
 */
export function filePlacer(parts: Parts, input: { from: string }) {
  return async (place: {
    tenantId: string
    jobId: string
    title: string
    file: StoredFile
  }): Promise<string> => {
    const { file, jobId, tenantId, title } = place
    const folder = path.join(parts.config.home, 'out', `${slug(title)}-${jobId.slice(-4)}`)
    const target = path.join(folder, file.path.replace(/^final\//, ''))
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 })
    await copyObject(parts.objects, objectKeys.blob({ tenantId, jobId }, file.sha256), target)
    const relative = path.relative(input.from, target)
    return relative.startsWith('..') ? target : relative
  }
}

async function copyObject(objects: ObjectStore, key: string, target: string): Promise<void> {
  const stored = objects.localPath(key)
  if (stored) return copyFile(stored, target, constants.COPYFILE_FICLONE)
  // Half a file never has the name of a whole one.
  const part = `${target}.part`
  try {
    const { body } = await objects.stream(key)
    await pipeline(body, createWriteStream(part, { mode: 0o600 }))
    await rename(part, target)
  } catch (thrown) {
    await rm(part, { force: true })
    throw thrown
  }
}

function slug(title: string): string {
  const words = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 32)
    .replace(/^-+|-+$/g, '')
  return words || 'brief'
}
