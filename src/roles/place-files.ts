import { constants } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import path from 'node:path'
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
    const stored = parts.objects.localPath(objectKeys.blob({ tenantId, jobId }, file.sha256))
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 })
    if (stored) await copyFile(stored, target, constants.COPYFILE_FICLONE)
    const relative = path.relative(input.from, target)
    return relative.startsWith('..') ? target : relative
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
