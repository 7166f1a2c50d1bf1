import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LedgerPlace } from '../../../src/core/ports.ts'
import { createBucketLedger } from '../../../src/storage/ledger/bucket-ledger.ts'
import { createDiskLedger } from '../../../src/storage/ledger/disk-ledger.ts'
import { createKeysBucket } from '../../../src/storage/vault/kms/keys-bucket.ts'
import { type Aws, openAws } from '../vault/kms/support.ts'

let aws: Aws
let home: string
beforeAll(async () => {
  aws = await openAws()
  home = await mkdtemp(path.join(tmpdir(), 'loom-ledger-'))
})
afterAll(async () => {
  await aws.close()
  await rm(home, { recursive: true, force: true })
})

const places: [string, () => LedgerPlace][] = [
  ['on disk', () => createDiskLedger({ directory: path.join(home, 'ledger') })],
  ['in the bucket of the keys', () => createBucketLedger({ bucket: createKeysBucket(aws.deps) })],
]

describe.each(places)('a ledger %s', (_, open) => {
  it('keeps the first of those who write an entry at once, whole, and nothing else', async () => {
    const place = open()
    expect(await place.read(1)).toBeUndefined()
    const bodies = Array.from({ length: 8 }, (_, at) => Buffer.from(`entry of ${at} `.repeat(100)))
    const firsts = await Promise.all(bodies.map((body) => open().writeFirst(1, body)))
    expect(firsts.filter(Boolean)).toHaveLength(1)
    expect(Buffer.from((await open().read(1)) ?? [])).toEqual(bodies[firsts.indexOf(true)])
    expect(await place.writeFirst(1, Buffer.from('another'))).toBe(false)
    expect(await place.read(2)).toBeUndefined()
  })
})

it('leaves nothing half written on disk', async () => {
  expect(await readdir(path.join(home, 'ledger'))).toEqual(['000000000001.json'])
})

it('says that nothing was deleted where it cannot be written', async () => {
  const place = createDiskLedger({ directory: path.join(home, 'ledger', '000000000001.json', 'below') })
  await expect(place.writeFirst(1, Buffer.from('x'))).rejects.toMatchObject({
    kind: 'unavailable',
    message: 'The ledger of deletions cannot be reached now. Nothing was deleted.',
  })
})
