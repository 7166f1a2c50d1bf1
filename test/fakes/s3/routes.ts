import { randomUUID } from 'node:crypto'
import {
  erase,
  etagOf,
  newest,
  type S3Bucket,
  type S3Upload,
  type S3Version,
  sha256Base64,
  store,
} from './bucket.ts'
import { routeLifecycle } from './lifecycle.ts'
import type { Refusal } from './signature.ts'
import { crc32Base64, sumFault } from './sums.ts'

export interface Asked {
  method: string
  bucket: S3Bucket
  key: string
  query: URLSearchParams
  headers: Record<string, string | undefined>
  body: Buffer
}

export type Answer = { status: number; headers?: Record<string, string>; body?: string | Buffer }
export type Outcome = Answer | { refusal: Refusal }

const leastPartBytes = 5 * 1_024 * 1_024
const newId = () => randomUUID()
const refuse = (status: number, code: string): Outcome => ({ refusal: { status, code } })
const asXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const xml = (name: string, inner: string, headers: Record<string, string> = {}): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/xml', ...headers },
  body: `<?xml version="1.0" encoding="UTF-8"?><${name}>${inner}</${name}>`,
})

/** What S3 answers to a request whose signature holds. */
export function route(asked: Asked): Outcome {
  const { key, method, query } = asked
  // The end of an upload says the sum of the object, any other request that of its body.
  const isEnd = method === 'POST' && query.has('uploadId')
  const torn = isEnd ? undefined : sumFault(asked.body, asked.headers)
  if (torn) return { refusal: torn }
  if (key === '') return routeBucket(asked)
  if (method === 'POST' && query.has('uploads')) return beginUpload(asked)
  if (method === 'PUT' && query.has('partNumber')) return putPart(asked)
  if (method === 'POST' && query.has('uploadId')) return endUpload(asked)
  if (method === 'DELETE' && query.has('uploadId')) return abortUpload(asked)
  if (method === 'PUT') return putObject(asked)
  if (method === 'GET' || method === 'HEAD') return getObject(asked)
  if (method === 'DELETE') {
    erase(asked.bucket, { key, versionId: query.get('versionId') ?? undefined }, newId)
    return { status: 204 }
  }
  return refuse(405, 'MethodNotAllowed')
}

function routeBucket(asked: Asked): Outcome {
  const { bucket, method, query } = asked
  if (method === 'HEAD') return { status: 200 }
  if (method === 'POST' && query.has('delete')) return deleteMany(asked)
  if (query.has('lifecycle')) return routeLifecycle(asked)
  if (method !== 'GET') return refuse(405, 'MethodNotAllowed')
  if (query.has('versioning')) {
    return xml('VersioningConfiguration', bucket.versioning ? `<Status>${bucket.versioning}</Status>` : '')
  }
  if (query.has('versions')) return listVersions(asked)
  if (query.has('uploads')) return listUploads(asked)
  return listObjects(asked)
}

type Encryption = Pick<S3Version, 'sse' | 'kmsKeyId' | 'bucketKey'>

function encryptionOf({ bucket, headers }: Asked): Encryption | undefined {
  const sse = headers['x-amz-server-side-encryption']
  const kmsKeyId = headers['x-amz-server-side-encryption-aws-kms-key-id']
  const bucketKey = headers['x-amz-server-side-encryption-bucket-key-enabled'] === 'true'
  return bucket.requireKms && (sse !== 'aws:kms' || !kmsKeyId) ? undefined : { sse, kmsKeyId, bucketKey }
}

const sseHeaders = ({ kmsKeyId, sse }: Encryption) => ({
  ...(sse ? { 'x-amz-server-side-encryption': sse } : {}),
  ...(kmsKeyId ? { 'x-amz-server-side-encryption-aws-kms-key-id': kmsKeyId } : {}),
})

function putObject(asked: Asked): Outcome {
  const { body, bucket, headers, key } = asked
  const encryption = encryptionOf(asked)
  if (!encryption) return refuse(403, 'AccessDenied')
  if (headers['if-none-match'] === '*' && newest(bucket, key)) return refuse(412, 'PreconditionFailed')
  const stored = store(
    bucket,
    {
      key,
      isMarker: false,
      body,
      contentType: headers['content-type'] ?? 'binary/octet-stream',
      ...encryption,
      checksumSha256: headers['x-amz-checksum-sha256'],
      checksumCrc32: headers['x-amz-checksum-crc32'],
      etag: etagOf(body),
    },
    newId,
  )
  return {
    status: 200,
    headers: { etag: stored.etag, ...versionHeader(bucket, stored), ...sseHeaders(encryption) },
  }
}

function getObject({ bucket, headers, key, method, query }: Asked): Outcome {
  const versionId = query.get('versionId')
  const found = versionId
    ? bucket.versions.find((version) => version.key === key && version.versionId === versionId)
    : newest(bucket, key)
  if (!found) return refuse(404, 'NoSuchKey')
  const said = (name: string) => query.get(`response-${name}`)
  const overrides = ['content-disposition', 'cache-control', 'content-type'].flatMap((name) => {
    const value = said(name)
    return value ? [[name, value] as const] : []
  })
  const isAsked = headers['x-amz-checksum-mode'] === 'ENABLED'
  return {
    status: 200,
    headers: {
      'content-type': found.contentType,
      'content-length': String(found.body.length),
      etag: found.etag,
      ...versionHeader(bucket, found),
      ...sseHeaders(found),
      ...(isAsked && found.checksumSha256 ? { 'x-amz-checksum-sha256': found.checksumSha256 } : {}),
      ...(isAsked && found.checksumCrc32 ? { 'x-amz-checksum-crc32': found.checksumCrc32 } : {}),
      ...Object.fromEntries(overrides),
    },
    ...(method === 'HEAD' ? {} : { body: found.body }),
  }
}

const versionHeader = (bucket: S3Bucket, version: S3Version): Record<string, string> =>
  bucket.versioning ? { 'x-amz-version-id': version.versionId } : {}

function beginUpload(asked: Asked): Outcome {
  const encryption = encryptionOf(asked)
  if (!encryption) return refuse(403, 'AccessDenied')
  const { bucket, headers, key } = asked
  const contentType = headers['content-type'] ?? 'binary/octet-stream'
  const isSummedWhole = headers['x-amz-checksum-type'] === 'FULL_OBJECT'
  if (isSummedWhole && headers['x-amz-checksum-algorithm'] === 'SHA256') return refuse(400, 'InvalidRequest')
  const parts = new Map()
  const begunAtMs = Date.now()
  const upload: S3Upload = {
    begunAtMs,
    key,
    uploadId: newId(),
    parts,
    isSummedWhole,
    contentType,
    ...encryption,
  }
  bucket.uploads.push(upload)
  return xml(
    'InitiateMultipartUploadResult',
    `<UploadId>${upload.uploadId}</UploadId>`,
    sseHeaders(encryption),
  )
}

function uploadOf({ bucket, key, query }: Asked): S3Upload | undefined {
  return bucket.uploads.find((upload) => upload.uploadId === query.get('uploadId') && upload.key === key)
}

function putPart(asked: Asked): Outcome {
  const upload = uploadOf(asked)
  if (!upload) return refuse(404, 'NoSuchUpload')
  const checksumSha256 = asked.headers['x-amz-checksum-sha256']
  upload.parts.set(Number(asked.query.get('partNumber')), { body: asked.body, checksumSha256 })
  const sums = Object.fromEntries(
    Object.entries(asked.headers).filter(([name]) => /^x-amz-checksum-(sha256|crc32)$/.test(name)),
  ) as Record<string, string>
  return { status: 200, headers: { etag: etagOf(asked.body), ...sums, ...sseHeaders(upload) } }
}

function endUpload(asked: Asked): Outcome {
  const upload = uploadOf(asked)
  if (!upload) return refuse(404, 'NoSuchUpload')
  const named = [...asked.body.toString().matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
    number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
    etag: fromXml(/<ETag>(.*?)</.exec(part)?.[1] ?? ''),
  }))
  const parts = named.flatMap(({ etag, number }) => {
    const part = upload.parts.get(number)
    return part && etagOf(part.body) === etag ? [part] : []
  })
  if (parts.length === 0 || parts.length < named.length) return refuse(400, 'InvalidPart')
  if (named.some(({ number }, at) => number <= (named[at - 1]?.number ?? 0)))
    return refuse(400, 'InvalidPartOrder')
  if (parts.slice(0, -1).some((part) => part.body.length < leastPartBytes))
    return refuse(400, 'EntityTooSmall')
  const { bucket, key } = asked
  const body = Buffer.concat(parts.map((part) => part.body))
  bucket.uploads = bucket.uploads.filter((other) => other !== upload)
  const { bucketKey, contentType, isSummedWhole, kmsKeyId, sse } = upload
  const sums = parts.map((part) => Buffer.from(part.checksumSha256 ?? '', 'base64'))
  const checksumSha256 = isSummedWhole ? undefined : `${sha256Base64(Buffer.concat(sums))}-${parts.length}`
  const checksumCrc32 = isSummedWhole ? crc32Base64(body) : undefined
  const etag = `${etagOf(body).slice(0, -1)}-${parts.length}"`
  const kept = { contentType, sse, kmsKeyId, bucketKey, checksumSha256, checksumCrc32, etag }
  const stored = store(bucket, { key, isMarker: false, body, ...kept }, newId)
  return xml('CompleteMultipartUploadResult', `<ETag>${asXml(etag)}</ETag>`, {
    ...versionHeader(bucket, stored),
    ...sseHeaders(upload),
  })
}

function abortUpload(asked: Asked): Outcome {
  const upload = uploadOf(asked)
  if (!upload) return refuse(404, 'NoSuchUpload')
  asked.bucket.uploads = asked.bucket.uploads.filter((other) => other !== upload)
  return { status: 204 }
}

function deleteMany({ body, bucket }: Asked): Outcome {
  const objects = [...body.toString().matchAll(/<Object>(.*?)<\/Object>/gs)].map((match) => match[1] ?? '')
  if (objects.length === 0 || objects.length > 1_000) return refuse(400, 'MalformedXML')
  const refused: string[] = []
  for (const object of objects) {
    const key = fromXml(/<Key>(.*?)<\/Key>/s.exec(object)?.[1] ?? '')
    if (bucket.kept.has(key)) {
      refused.push(`<Error><Key>${asXml(key)}</Key><Code>AccessDenied</Code><Message>kept</Message></Error>`)
      continue
    }
    erase(bucket, { key, versionId: /<VersionId>(.*?)<\/VersionId>/.exec(object)?.[1] }, newId)
  }
  return xml('DeleteResult', refused.join(''))
}

const fromXml = (text: string) =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')

function pageOf<T>(items: readonly T[], query: URLSearchParams, afterIndex: (item: T) => boolean) {
  const most = Math.min(1_000, Number(query.get('max-keys') ?? query.get('max-uploads') ?? 1_000))
  const start = items.findIndex(afterIndex) + 1
  const page = items.slice(start, start + most)
  return { page, isTruncated: start + most < items.length, last: page.at(-1) }
}

function listVersions({ bucket, query }: Asked): Outcome {
  const prefix = query.get('prefix') ?? ''
  const all = bucket.versions
    .filter((version) => version.key.startsWith(prefix))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  const [key, id] = [query.get('key-marker'), query.get('version-id-marker')]
  const { isTruncated, last, page } = pageOf(all, query, (item) => item.key === key && item.versionId === id)
  const rows = page.map((version) => {
    const name = version.isMarker ? 'DeleteMarker' : 'Version'
    const isLatest = bucket.versions.filter(({ key }) => key === version.key).at(-1) === version
    const size = version.isMarker ? '' : `<Size>${version.body.length}</Size>`
    const at = new Date(version.storedAtMs).toISOString()
    return `<${name}><Key>${asXml(version.key)}</Key><VersionId>${version.versionId}</VersionId><IsLatest>${isLatest}</IsLatest><LastModified>${at}</LastModified>${size}</${name}>`
  })
  const next =
    isTruncated && last
      ? `<NextKeyMarker>${asXml(last.key)}</NextKeyMarker><NextVersionIdMarker>${last.versionId}</NextVersionIdMarker>`
      : ''
  return xml('ListVersionsResult', `<IsTruncated>${isTruncated}</IsTruncated>${next}${rows.join('')}`)
}

function listUploads({ bucket, query }: Asked): Outcome {
  const all = bucket.uploads.filter((upload) => upload.key.startsWith(query.get('prefix') ?? ''))
  const marker = query.get('upload-id-marker')
  const { isTruncated, last, page } = pageOf(all, query, (upload) => upload.uploadId === marker)
  const rows = page.map(
    (upload) =>
      `<Upload><Key>${asXml(upload.key)}</Key><UploadId>${upload.uploadId}</UploadId><Initiated>${new Date(upload.begunAtMs).toISOString()}</Initiated></Upload>`,
  )
  const next =
    isTruncated && last
      ? `<NextKeyMarker>${asXml(last.key)}</NextKeyMarker><NextUploadIdMarker>${last.uploadId}</NextUploadIdMarker>`
      : ''
  return xml('ListMultipartUploadsResult', `<IsTruncated>${isTruncated}</IsTruncated>${next}${rows.join('')}`)
}

function listObjects({ bucket, query }: Asked): Outcome {
  const prefix = query.get('prefix') ?? ''
  const keys = [...new Set(bucket.versions.map((version) => version.key))]
    .filter((key) => key.startsWith(prefix) && newest(bucket, key))
    .sort()
  const token = query.get('continuation-token')
  const { isTruncated, last, page } = pageOf(keys, query, (key) => key === token)
  const next = isTruncated && last ? `<NextContinuationToken>${asXml(last)}</NextContinuationToken>` : ''
  const rows = page.map((key) => `<Contents><Key>${asXml(key)}</Key></Contents>`).join('')
  return xml('ListBucketResult', `<IsTruncated>${isTruncated}</IsTruncated>${next}${rows}`)
}
