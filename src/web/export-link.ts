import { Readable } from 'node:stream'
import { attachment } from '../core/content-disposition.ts'
import { LoomError } from '../core/errors.ts'
import type { Links } from '../core/links.ts'
import type { ObjectStore } from '../core/ports.ts'
import type { Store } from '../storage/database.ts'
import { openExport } from '../storage/exports/open.ts'
import { objectKeys } from '../storage/objects/keys.ts'
import type { Handler } from './app.ts'
import { isPreviewer } from './previewer.ts'

/** Long enough to begin a download. */
const presignedMs = 5 * 60_000
const mediaType = 'application/zip'
const uncached = { 'cache-control': 'private, no-store' }

/**
 * `/e/<export>?k=<key>`: the ZIP, for a day, as a download. Throws `forbidden` for a link that Loom did not make, and
 * `not_found` when its day is over, when its account is erased or when somebody had something forgotten since.
 */
export function exportHandler(deps: { store: Store; objects: ObjectStore; links: Links }): Handler {
  const { links, objects, store } = deps
  return {
    method: 'GET',
    async answer(request) {
      if (isPreviewer(request.method, request.headers)) {
        return new Response('An export from Loom. Open the link in a browser to get it.\n', {
          headers: uncached,
        })
      }
      const { pathname, searchParams } = new URL(request.url)
      const exportId = pathname.split('/').at(-1) ?? ''
      const { tenantId } = links.verify({ artifactId: exportId, key: searchParams.get('k') ?? '' })
      const context = { tenantId, actor: { kind: 'system' } } as const
      const found = await openExport(store, context, { exportId })
      if (!found) throw gone()
      const key = objectKeys.export({ tenantId, exportId })
      const fileName = `loom-export-${new Date(found.madeAtMs).toISOString().slice(0, 10)}.zip`
      const elsewhere = await objects.presign(key, { ttlMs: presignedMs, fileName, mediaType })
      if (elsewhere !== undefined) {
        return new Response(null, { status: 302, headers: { ...uncached, location: elsewhere } })
      }
      const { body, bytes } = await objects.stream(key)
      return new Response(Readable.toWeb(body) as ReadableStream, {
        headers: {
          ...uncached,
          'content-type': mediaType,
          'content-length': String(bytes),
          'content-disposition': attachment(fileName),
        },
      })
    },
  }
}

function gone(): LoomError {
  return new LoomError({ kind: 'not_found', message: 'This export is no longer there. Ask for a new one.' })
}
