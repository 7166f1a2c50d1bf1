import { toLoomError } from '../../core/errors.ts'
import { objectKeys } from '../../storage/objects/keys.ts'
import type { Archive } from './archive.ts'
import type { Exporting } from './deps.ts'
import { exportRows } from './rows.ts'

/** What an export could not give, and why. */
export interface Missing {
  path: string
  why: string
}

/**
 * Adds the artifacts and inputs themselves, from the object store as they are read, each under its job: `files/<job>/…`. A
 * file that is gone meanwhile is named as missing; an object store that does not answer ends the export.
 */
export async function addFiles(exporting: Exporting, archive: Archive): Promise<Missing[]> {
  const missing: Missing[] = []
  const taken = new Set<string>()
  const add = async (file: {
    jobId: string
    path: string
    sha256: string
    mediaType: string
    what: string
  }) => {
    const path = freePath(taken, `files/${file.jobId}/${safe(file.path)}`)
    const { tenantId } = exporting
    exporting.signal?.throwIfAborted()
    try {
      const { body } = await exporting.store.objects.stream(
        objectKeys.blob({ ...file, tenantId }, file.sha256),
      )
      await archive.add({ path, mediaType: file.mediaType, what: file.what }, body)
    } catch (thrown) {
      if (toLoomError(thrown).kind !== 'not_found') throw thrown
      missing.push({ path, why: 'It was deleted before it could be copied.' })
    }
  }
  for await (const row of exportRows(exporting, 'artifacts')) {
    await add({ ...fileOf(row), what: 'A file that agents wrote for you.' })
  }
  for await (const job of exportRows(exporting, 'jobs')) {
    const only = { column: 'briefId', id: String(job.briefId) } as const
    for await (const row of exportRows(exporting, 'attachments', only)) {
      if (typeof row.path !== 'string' || typeof row.sha256 !== 'string') continue
      await add({ ...fileOf({ ...row, jobId: job.id }), what: 'A file that came with a brief.' })
    }
  }
  return missing
}

function fileOf({ jobId, mediaType, path, sha256 }: Readonly<Record<string, unknown>>) {
  return {
    jobId: String(jobId),
    path: String(path),
    sha256: String(sha256),
    mediaType: typeof mediaType === 'string' ? mediaType : 'application/octet-stream',
  }
}

/** As a name that every program can unpack: no segment leads out of its folder. */
function safe(path: string): string {
  const segments = path.replaceAll('\\', '/').split('/')
  return segments
    .filter((segment) => segment !== '' && segment !== '.' && segment !== '..')
    .map((segment) => segment.replace(/[\p{Cc}:*?"<>|]/gu, '_'))
    .join('/')
}

function freePath(taken: Set<string>, wanted: string): string {
  let path = wanted
  for (let again = 2; taken.has(path.toLowerCase()); again += 1) {
    const dot = wanted.lastIndexOf('.')
    const cut = dot > wanted.lastIndexOf('/') ? dot : wanted.length
    path = `${wanted.slice(0, cut)} (${again})${wanted.slice(cut)}`
  }
  taken.add(path.toLowerCase())
  return path
}
