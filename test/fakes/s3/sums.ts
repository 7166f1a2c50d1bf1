import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Refusal } from './signature.ts'

const hashed = (algorithm: string) => (body: Buffer) => createHash(algorithm).update(body).digest('base64')

/** The sums that the fake can check; S3 knows more, and the SDK sends none of those. */
const sumOf: Readonly<Record<string, (body: Buffer) => string>> = {
  'content-md5': hashed('md5'),
  'x-amz-checksum-sha256': hashed('sha256'),
  'x-amz-checksum-crc32': crc32Base64,
}

export function crc32Base64(body: Buffer): string {
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body))
  return sum.toString('base64')
}

/** Why a body is not what its headers say of it, if it is not. */
export function sumFault(body: Buffer, headers: Record<string, string | undefined>): Refusal | undefined {
  for (const [name, said] of Object.entries(headers)) {
    if (name !== 'content-md5' && !/^x-amz-checksum-(?!algorithm|type|mode)/.test(name)) continue
    const sum = sumOf[name]
    if (!sum) return { status: 501, code: 'NotImplemented', message: name }
    if (said !== sum(body)) return { status: 400, code: 'BadDigest' }
  }
  return undefined
}
