import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KeyPurpose } from '../../../src/core/words.ts'
import { createFileVault } from '../../../src/storage/vault/file-vault.ts'

const masterKey = randomBytes(32)
let home = ''
let directory = ''
let clock = 1_000_000

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'loom-vault-'))
  directory = path.join(home, 'keys')
  clock = 1_000_000
})
afterEach(() => rm(home, { recursive: true, force: true }))

const open = (part: { masterKey?: Buffer; purposes?: readonly KeyPurpose[] } = {}) =>
  createFileVault({ directory, masterKey, now: () => clock, ...part })
const keyFile = (tenantId: string, purpose: KeyPurpose) => path.join(directory, tenantId, `${purpose}.key`)

describe('the vault', () => {
  it('seals for a tenant, and another process with the same master key opens it', async () => {
    const tenantId = randomUUID()
    await open().create(tenantId)
    const sealed = (await open().sealer(tenantId, 'content')).seal('x', 'words')
    expect((await open().sealer(tenantId, 'content')).openText('x', sealed)).toBe('words')
  })

  it('gives each tenant and each purpose a key of its own', async () => {
    const vault = open()
    const [a, b] = [randomUUID(), randomUUID()]
    await Promise.all([vault.create(a), vault.create(b)])
    const hashes = new Set<string>()
    for (const tenantId of [a, b]) {
      for (const purpose of ['content', 'chat', 'integrations'] as const) {
        hashes.add((await vault.sealer(tenantId, purpose)).hash('x', 'x').toString('hex'))
      }
    }
    expect(hashes.size).toBe(6)
  })

  it('keeps wrapped keys that only the owner reads, and never the key itself', async () => {
    const tenantId = randomUUID()
    await open().create(tenantId)
    expect((await readdir(path.join(directory, tenantId))).sort()).toEqual([
      'chat.key',
      'content.key',
      'integrations.key',
    ])
    expect((await stat(keyFile(tenantId, 'content'))).mode & 0o777).toBe(0o600)
    expect((await stat(path.join(directory, tenantId))).mode & 0o777).toBe(0o700)
    expect(await readFile(keyFile(tenantId, 'content'))).toHaveLength(12 + 8 + 32 + 16)
  })

  it('keeps one key when twenty make it at once, and when it is made again', async () => {
    const tenantId = randomUUID()
    const sealed = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const vault = open()
        await vault.create(tenantId)
        return (await vault.sealer(tenantId, 'content')).seal('x', 'words')
      }),
    )
    await open().create(tenantId)
    const sealer = await open().sealer(tenantId, 'content')
    expect(sealed.map((value) => sealer.openText('x', value))).toEqual(sealed.map(() => 'words'))
    expect(await readdir(path.join(directory, tenantId))).toHaveLength(3)
  })

  it('refuses a purpose that this process may not open', async () => {
    const tenantId = randomUUID()
    const vault = open({ purposes: ['content'] })
    await vault.create(tenantId)
    await vault.sealer(tenantId, 'content')
    for (const purpose of ['chat', 'integrations'] as const) {
      await expect(vault.sealer(tenantId, purpose)).rejects.toMatchObject({
        kind: 'forbidden',
        retryable: false,
      })
    }
  })

  describe('after keys were destroyed', () => {
    it('opens nothing any more, here at once', async () => {
      const tenantId = randomUUID()
      const vault = open()
      await vault.create(tenantId)
      await vault.sealer(tenantId, 'content')
      await vault.destroy(tenantId)
      await expect(vault.sealer(tenantId, 'content')).rejects.toMatchObject({
        kind: 'not_found',
        message: 'The keys of this account are gone.',
      })
      expect(await readdir(directory)).toEqual([])
      await vault.destroy(tenantId)
    })

    it('forgets them in another process five minutes after it read them, and not before', async () => {
      const tenantId = randomUUID()
      const other = open()
      await other.create(tenantId)
      const before = await other.sealer(tenantId, 'content')
      await open().destroy(tenantId)
      clock += 5 * 60_000 - 1
      expect(await other.sealer(tenantId, 'content')).toBe(before)
      clock += 1
      await expect(other.sealer(tenantId, 'content')).rejects.toMatchObject({ kind: 'not_found' })
    })

    it('is not made whole by new keys: what was sealed before stays shut', async () => {
      const tenantId = randomUUID()
      const vault = open()
      await vault.create(tenantId)
      const sealed = (await vault.sealer(tenantId, 'content')).seal('x', 'words')
      await vault.destroy(tenantId)
      await vault.create(tenantId)
      const sealer = await vault.sealer(tenantId, 'content')
      expect(() => sealer.open('x', sealed)).toThrow('A stored record cannot be opened with this key.')
    })
  })

  describe('with a key file that is wrong', () => {
    it('says so when the master key is another one', async () => {
      const tenantId = randomUUID()
      await open().create(tenantId)
      await expect(open({ masterKey: randomBytes(32) }).sealer(tenantId, 'content')).rejects.toMatchObject({
        kind: 'corrupt',
        message:
          'The master key does not open the keys stored beside it. Put the right master key file back.',
      })
    })

    it('says so when the file is another tenant’s, another purpose’s, cut, bent or empty', async () => {
      const [a, b] = [randomUUID(), randomUUID()]
      await Promise.all([open().create(a), open().create(b)])
      const own = await readFile(keyFile(a, 'content'))
      const bent = Buffer.from(own)
      bent[20] = (bent[20] ?? 0) ^ 1
      const wrong = [
        await readFile(keyFile(b, 'content')),
        await readFile(keyFile(a, 'chat')),
        own.subarray(0, own.length - 1),
        bent,
        Buffer.alloc(0),
      ]
      for (const content of wrong) {
        await writeFile(keyFile(a, 'content'), content)
        await expect(open().sealer(a, 'content')).rejects.toMatchObject({ kind: 'corrupt' })
      }
    })

    it('does not call keys gone that merely cannot be read', async () => {
      const tenantId = randomUUID()
      await open().create(tenantId)
      await rm(keyFile(tenantId, 'content'))
      await mkdir(keyFile(tenantId, 'content'))
      await expect(open().sealer(tenantId, 'content')).rejects.toMatchObject({
        kind: 'unavailable',
        retryable: true,
      })
    })
  })

  it('has no folder for a tenant that is no tenant’s id', async () => {
    for (const tenantId of ['', '..', '../../../etc/loom', 'A'.repeat(36), `${randomUUID()}/x`]) {
      await expect(open().sealer(tenantId, 'content')).rejects.toMatchObject({ kind: 'invalid_input' })
      await expect(open().create(tenantId)).rejects.toMatchObject({ kind: 'invalid_input' })
      await expect(open().destroy(tenantId)).rejects.toMatchObject({ kind: 'invalid_input' })
    }
  })

  it('derives keys and directory hashes that follow from master key, use and id alone', async () => {
    const [one, two, stranger] = [open(), open(), open({ masterKey: randomBytes(32) })]
    expect(await one.derive('links')).toEqual(await two.derive('links'))
    expect(await one.derive('links')).not.toEqual(await one.derive('sessions'))
    expect(await one.derive('links')).not.toEqual(await stranger.derive('links'))
    expect(await one.directoryHash('slack:team', 'T1')).toEqual(await two.directoryHash('slack:team', 'T1'))
    expect(await one.directoryHash('slack:team', 'T1')).not.toEqual(
      await one.directoryHash('slack:tea', 'mT1'),
    )
    expect(await one.directoryHash('slack:team', 'T1')).not.toEqual(
      await stranger.directoryHash('slack:team', 'T1'),
    )
  })
})
