import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Sealer, Vault } from '../../src/core/ports.ts'
import { type KeyPurpose, keyPurposes } from '../../src/core/words.ts'

/** One installation of Loom, looked at from outside. Its clock is the test's. */
export interface VaultSetup {
  /** The vault as another process of the installation has it, with nothing opened yet. */
  open(part?: { purposes?: readonly KeyPurpose[] }): Vault
  /** The vault of another installation. */
  stranger(): Promise<Vault>
  advance(ms: number): void
  /** The stored keys of a tenant, by purpose; of none, nothing. */
  stored(tenantId: string): Promise<Map<string, Buffer>>
  replace(tenantId: string, purpose: KeyPurpose, stored: Uint8Array): Promise<void>
  /** From now on a stored key is there and cannot be read; answers how to end that. */
  block(tenantId: string, purpose: KeyPurpose): Promise<() => Promise<void>>
  close(): Promise<void>
}

const fiveMinutes = 5 * 60_000

/** What every vault promises, wherever its keys lie. */
export function vaultContract(name: string, setup: () => Promise<VaultSetup>): void {
  describe(name, () => {
    let given: VaultSetup
    beforeEach(async () => {
      given = await setup()
    })
    afterEach(() => given.close())

    const newTenant = async () => {
      const tenantId = randomUUID()
      await given.open().create(tenantId)
      return tenantId
    }

    it('seals for a tenant, and another process of the installation opens it', async () => {
      const tenantId = await newTenant()
      const sealed = (await given.open().sealer(tenantId, 'content')).seal('x', 'words')
      expect((await given.open().sealer(tenantId, 'content')).openText('x', sealed)).toBe('words')
    })

    it('gives each tenant and each purpose a key of its own', async () => {
      const vault = given.open()
      const hashes = new Set<string>()
      for (const tenantId of [await newTenant(), await newTenant()]) {
        for (const purpose of keyPurposes) {
          hashes.add((await vault.sealer(tenantId, purpose)).hash('x', 'x').toString('hex'))
        }
        expect([...(await given.stored(tenantId)).keys()].sort()).toEqual([...keyPurposes].sort())
      }
      expect(hashes.size).toBe(6)
    })

    it('keeps one key when twenty processes make it at once, and when it is made again', async () => {
      const tenantId = randomUUID()
      const sealed = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const vault = given.open()
          await vault.create(tenantId)
          return (await vault.sealer(tenantId, 'content')).seal('x', 'words')
        }),
      )
      const before = await given.stored(tenantId)
      await given.open().create(tenantId)
      expect(await given.stored(tenantId)).toEqual(before)
      const sealer = await given.open().sealer(tenantId, 'content')
      expect(sealed.map((value) => sealer.openText('x', value))).toEqual(sealed.map(() => 'words'))
      expect(before.size).toBe(3)
    })

    it('makes what is missing of a tenant’s keys, and leaves the others', async () => {
      const tenantId = await newTenant()
      const sealed = (await given.open().sealer(tenantId, 'chat')).seal('x', 'words')
      await Promise.all([given.open().create(tenantId), given.open().create(tenantId)])
      expect((await given.open().sealer(tenantId, 'chat')).openText('x', sealed)).toBe('words')
    })

    it('refuses a purpose that this process may not open, whatever it asked for before', async () => {
      const tenantId = await newTenant()
      const vault = given.open({ purposes: ['content', 'integrations'] })
      await vault.sealer(tenantId, 'content')
      await vault.sealer(tenantId, 'integrations')
      await expect(vault.sealer(tenantId, 'chat')).rejects.toMatchObject({
        kind: 'forbidden',
        retryable: false,
      })
    })

    it('answers a thousand who ask at once with one and the same sealer', async () => {
      const tenantId = await newTenant()
      const vault = given.open()
      const sealers = await Promise.all(
        Array.from({ length: 1_000 }, () => vault.sealer(tenantId, 'content')),
      )
      expect(new Set<Sealer>(sealers).size).toBe(1)
    })

    describe('after keys were destroyed', () => {
      const gone = { kind: 'not_found', retryable: false, message: 'The keys of this account are gone.' }

      it('opens nothing any more, here at once', async () => {
        const [tenantId, other] = [await newTenant(), await newTenant()]
        const vault = given.open()
        for (const purpose of keyPurposes) await vault.sealer(tenantId, purpose)
        await vault.destroy(tenantId)
        for (const purpose of keyPurposes) {
          await expect(vault.sealer(tenantId, purpose)).rejects.toMatchObject(gone)
        }
        expect((await given.stored(tenantId)).size).toBe(0)
        expect((await given.stored(other)).size).toBe(3)
        await vault.destroy(tenantId)
      })

      it('forgets them in another process five minutes after it read them, and not before', async () => {
        const tenantId = await newTenant()
        const other = given.open()
        const before = await other.sealer(tenantId, 'content')
        await given.open().destroy(tenantId)
        given.advance(fiveMinutes - 1)
        expect(await other.sealer(tenantId, 'content')).toBe(before)
        given.advance(1)
        await expect(other.sealer(tenantId, 'content')).rejects.toMatchObject(gone)
      })

      it('is not made whole by new keys: what was sealed before stays shut', async () => {
        const tenantId = await newTenant()
        const vault = given.open()
        const sealed = (await vault.sealer(tenantId, 'content')).seal('x', 'words')
        await vault.destroy(tenantId)
        await vault.create(tenantId)
        const sealer = await vault.sealer(tenantId, 'content')
        expect(() => sealer.open('x', sealed)).toThrow('A stored record cannot be opened with this key.')
      })

      it('are not the keys of a tenant who never had any', async () => {
        await expect(given.open().sealer(randomUUID(), 'content')).rejects.toMatchObject(gone)
      })
    })

    describe('with a stored key that is wrong', () => {
      it('does not open it when it is another tenant’s, another purpose’s, cut, longer or empty', async () => {
        const [a, b] = [await newTenant(), await newTenant()]
        const own = only(await given.stored(a), 'content')
        const wrong = [
          only(await given.stored(b), 'content'),
          only(await given.stored(a), 'chat'),
          own.subarray(0, own.length - 1),
          own.subarray(0, 9),
          own.subarray(1),
          Buffer.concat([own, Buffer.alloc(1)]),
          Buffer.alloc(0),
        ]
        for (const stored of wrong) {
          await given.replace(a, 'content', stored)
          await expect(given.open().sealer(a, 'content')).rejects.toMatchObject({
            kind: 'corrupt',
            retryable: false,
          })
        }
        await given.replace(a, 'content', own)
        await given.open().sealer(a, 'content')
      })

      it('does not open it with any one of its bytes changed', async () => {
        const tenantId = await newTenant()
        const own = only(await given.stored(tenantId), 'content')
        for (let at = 0; at < own.length; at += 1) {
          const bent = Buffer.from(own)
          bent[at] = (bent[at] ?? 0) ^ 1
          await given.replace(tenantId, 'content', bent)
          await expect(given.open().sealer(tenantId, 'content'), `byte ${at}`).rejects.toMatchObject({
            kind: 'corrupt',
          })
        }
      })
    })

    it('does not call keys gone that merely cannot be read, and opens them when they can', async () => {
      const tenantId = await newTenant()
      const vault = given.open()
      const unblock = await given.block(tenantId, 'content')
      await expect(vault.sealer(tenantId, 'content')).rejects.toMatchObject({
        kind: 'unavailable',
        retryable: true,
      })
      await unblock()
      await vault.sealer(tenantId, 'content')
    })

    it('has no place for a tenant that is no tenant’s id', async () => {
      const vault = given.open()
      for (const tenantId of ['', '..', '../../../etc/loom', 'A'.repeat(36), `${randomUUID()}/x`]) {
        await expect(vault.sealer(tenantId, 'content')).rejects.toMatchObject({ kind: 'invalid_input' })
        await expect(vault.create(tenantId)).rejects.toMatchObject({ kind: 'invalid_input' })
        await expect(vault.destroy(tenantId)).rejects.toMatchObject({ kind: 'invalid_input' })
      }
    })

    it('tells whose keys there are, and no more once they are destroyed', async () => {
      const vault = given.open()
      const [one, two] = [randomUUID(), randomUUID()]
      for (const tenantId of [one, two]) await vault.create(tenantId)
      expect(await vault.tenants()).toEqual(expect.arrayContaining([one, two]))
      await vault.destroy(one)
      expect(await vault.tenants()).not.toContain(one)
      expect(await vault.tenants()).toContain(two)
    })

    it('derives keys and directory hashes that follow from installation, use and id alone', async () => {
      const [one, two, stranger] = [given.open(), given.open(), await given.stranger()]
      expect(await one.derive('links')).toHaveLength(32)
      expect(await one.derive('links')).toEqual(await two.derive('links'))
      expect(await one.derive('links')).not.toEqual(await one.derive('sessions'))
      expect(await one.derive('links')).not.toEqual(await stranger.derive('links'))
      const hash = await one.directoryHash('slack:team', 'T1')
      expect(hash).toEqual(await two.directoryHash('slack:team', 'T1'))
      expect(hash).not.toEqual(await one.directoryHash('slack:tea', 'mT1'))
      expect(hash).not.toEqual(await stranger.directoryHash('slack:team', 'T1'))
    })
  })
}

function only(stored: Map<string, Buffer>, purpose: KeyPurpose): Buffer {
  const found = stored.get(purpose)
  if (!found) throw new Error(`no stored key for ${purpose}`)
  return found
}
