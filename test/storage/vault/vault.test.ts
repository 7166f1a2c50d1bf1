import { randomBytes, randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LoomError } from '../../../src/core/errors.ts'
import { type DataKey, newDataKey } from '../../../src/storage/vault/envelope.ts'
import { createVault } from '../../../src/storage/vault/vault.ts'

/** A place of keys where every opening waits until the test lets it go on. */
function openSlowKeys(now: () => number = () => 1_000_000) {
  const openings: PromiseWithResolvers<DataKey>[] = []
  const vault = createVault({
    keys: {
      create: async () => undefined,
      open: () => {
        const opening = Promise.withResolvers<DataKey>()
        openings.push(opening)
        return opening.promise
      },
      destroy: async () => undefined,
      tenants: async () => [],
    },
    root: async () => randomBytes(32),
    now,
  })
  return { openings, vault, tenantId: randomUUID() }
}

describe('the vault over any place of keys', () => {
  it('opens a key once for all who ask while it is being opened, and once for each purpose', async () => {
    const { openings, tenantId, vault } = openSlowKeys()
    const asked = Array.from({ length: 100 }, () => vault.sealer(tenantId, 'content'))
    const chat = vault.sealer(tenantId, 'chat')
    expect(openings).toHaveLength(2)
    for (const opening of openings) opening.resolve(newDataKey())
    expect(new Set(await Promise.all(asked)).size).toBe(1)
    expect(await chat).not.toBe(await asked[0])
    await vault.sealer(tenantId, 'content')
    expect(openings).toHaveLength(2)
  })

  it('tells all who wait of a failure, and tries anew for who asks next', async () => {
    const { openings, tenantId, vault } = openSlowKeys()
    const asked = Array.from({ length: 100 }, () => vault.sealer(tenantId, 'content'))
    openings[0]?.reject(new LoomError({ kind: 'unavailable', message: 'Not now.' }))
    const results = await Promise.allSettled(asked)
    expect(results.map(({ status }) => status)).toEqual(asked.map(() => 'rejected'))
    const again = vault.sealer(tenantId, 'content')
    openings[1]?.resolve(newDataKey())
    await again
    expect(openings).toHaveLength(2)
  })

  it('keeps nothing of an opening that a destruction overtook', async () => {
    const { openings, tenantId, vault } = openSlowKeys()
    const asked = vault.sealer(tenantId, 'content')
    await vault.destroy(tenantId)
    openings[0]?.resolve(newDataKey())
    await asked
    const after = vault.sealer(tenantId, 'content')
    expect(openings).toHaveLength(2)
    openings[1]?.reject(new LoomError({ kind: 'not_found', message: 'Gone.' }))
    await expect(after).rejects.toMatchObject({ kind: 'not_found' })
  })

  it('counts the five minutes from when the key was asked for, however long its opening took', async () => {
    let clock = 0
    const { openings, tenantId, vault } = openSlowKeys(() => clock)
    const asked = vault.sealer(tenantId, 'content')
    clock = 200_000
    openings[0]?.resolve(newDataKey())
    await asked
    clock = 300_000
    void vault.sealer(tenantId, 'content')
    expect(openings).toHaveLength(2)
  })

  describe('by the timer', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout'] })
    })
    afterEach(() => {
      vi.useRealTimers()
    })

    it('forgets a key five minutes on, also when its clock stands still', async () => {
      const { openings, tenantId, vault } = openSlowKeys()
      const asked = vault.sealer(tenantId, 'content')
      openings[0]?.resolve(newDataKey())
      await asked
      vi.advanceTimersByTime(5 * 60_000 - 1)
      await vault.sealer(tenantId, 'content')
      expect(openings).toHaveLength(1)
      vi.advanceTimersByTime(1)
      void vault.sealer(tenantId, 'content')
      expect(openings).toHaveLength(2)
    })
  })

  it('is not opened by a root secret that cannot be had, and is when it can', async () => {
    const root = randomBytes(32)
    let away = true
    const vault = createVault({
      keys: {
        create: async () => undefined,
        open: async () => newDataKey(),
        destroy: async () => undefined,
        tenants: async () => [],
      },
      root: async () => {
        if (away) throw new LoomError({ kind: 'unavailable', message: 'Not now.' })
        return root
      },
      now: Date.now,
    })
    await expect(vault.derive('links')).rejects.toMatchObject({ kind: 'unavailable' })
    await expect(vault.directoryHash('kind', 'id')).rejects.toMatchObject({ kind: 'unavailable' })
    away = false
    expect(await vault.derive('links')).toHaveLength(32)
  })
})
