import { createHmac, hkdfSync } from 'node:crypto'
import { LoomError } from '../../core/errors.ts'
import type { Clock, Sealer, Vault } from '../../core/ports.ts'
import { type KeyPurpose, keyPurposes } from '../../core/words.ts'
import { createSealer } from './envelope.ts'
import type { WrappedKeys } from './wrapped-keys.ts'

const keptMs = 5 * 60_000

/**
 * The vault over any place of wrapped keys: who may open what, and how long an opened key stays in memory. `root` gives
 * the installation's root secret, of which directory hashes and derived keys are made.
 */
export function createVault(deps: {
  keys: WrappedKeys
  root: () => Promise<Buffer>
  now: Clock
  purposes?: readonly KeyPurpose[]
}): Vault {
  const allowed = deps.purposes ?? keyPurposes
  const cache = new Map<string, { sealer: Sealer; until: number }>()
  const flights = new Map<string, Promise<Sealer>>()

  const keep = (at: string, entry: { sealer: Sealer; until: number }) => {
    cache.set(at, entry)
    const leftMs = entry.until - deps.now()
    // A process that nobody asks anything of forgets as well.
    setTimeout(() => cache.get(at) === entry && cache.delete(at), leftMs).unref()
  }

  /** One opening for all who ask meanwhile. One that fails, or that a destruction overtook, leaves nothing behind. */
  const load = (tenantId: string, purpose: KeyPurpose): Promise<Sealer> => {
    const at = place(tenantId, purpose)
    const until = deps.now() + keptMs
    const isCurrent = () => flights.get(at) === flight
    const flight = deps.keys
      .open(tenantId, purpose)
      .then((dataKey) => {
        const sealer = createSealer({ tenantId, purpose, dataKey })
        if (isCurrent()) keep(at, { sealer, until })
        return sealer
      })
      .finally(() => isCurrent() && flights.delete(at))
    flights.set(at, flight)
    return flight
  }

  const forget = (tenantId: string) => {
    for (const purpose of keyPurposes) {
      cache.delete(place(tenantId, purpose))
      flights.delete(place(tenantId, purpose))
    }
  }

  const derived = async (info: string) => Buffer.from(hkdfSync('sha256', await deps.root(), '', info, 32))

  return {
    async create(tenantId) {
      await Promise.all(keyPurposes.map((purpose) => deps.keys.create(tenantId, purpose)))
    },
    async sealer(tenantId, purpose) {
      if (!allowed.includes(purpose)) throw purposeForbidden(purpose)
      const cached = cache.get(place(tenantId, purpose))
      if (cached && cached.until > deps.now()) return cached.sealer
      return flights.get(place(tenantId, purpose)) ?? load(tenantId, purpose)
    },
    async destroy(tenantId) {
      forget(tenantId)
      try {
        await deps.keys.destroy(tenantId)
      } finally {
        // What was opened while the keys were going.
        forget(tenantId)
      }
    },
    tenants: () => deps.keys.tenants(),
    async directoryHash(kind, outsideId) {
      const key = await derived('loom/directory')
      return createHmac('sha256', key).update(kind).update('\0').update(outsideId).digest()
    },
    derive: (use) => derived(`loom/use/${use}`),
  }
}

function place(tenantId: string, purpose: KeyPurpose): string {
  return `${tenantId}|${purpose}`
}

function purposeForbidden(purpose: KeyPurpose): LoomError {
  return new LoomError({
    kind: 'forbidden',
    message: 'This part of Loom may not open that.',
    detail: `key purpose ${purpose}`,
  })
}
