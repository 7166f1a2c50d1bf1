import { type PlaceName, places } from '../policy/places.ts'

export interface BlobPlace {
  tenantId: string
  jobId: string
  sha256: string
}

const id = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const blob = new RegExp(`^(${id})/(${id})/blobs/([0-9a-f]{64})$`)

/** Whose file an object is; `undefined` for a key of another shape. */
export function blobPlace(key: string): BlobPlace | undefined {
  const [, tenantId, jobId, sha256] = blob.exec(key) ?? []
  return tenantId && jobId && sha256 ? { tenantId, jobId, sha256 } : undefined
}

const zip = new RegExp(`^${id}/exports/${id}\\.zip$`)

/** The table's row for an export or a prefix of the installation's own, `dumps/…`; `undefined` for what it does not name. */
export function prefixOf(key: string): PlaceName | undefined {
  if (zip.test(key)) return 'objects:<tenant>/exports/'
  const name = `objects:${key.split('/')[0]}/`
  return Object.hasOwn(places, name) ? (name as PlaceName) : undefined
}
