import type { Config } from '../config.ts'
import { toLoomError } from '../core/errors.ts'
import { createIds } from '../core/ids.ts'
import { dayMs, keepDays } from '../core/keep-days.ts'
import { createLinks, type Links } from '../core/links.ts'
import type { Doorbell, Log, ObjectStore, Vault } from '../core/ports.ts'
import { noTelemetry, type Telemetry } from '../core/telemetry.ts'
import type { Lane } from '../core/words.ts'
import { lookAtQueue, type QueueLook } from '../queue/look.ts'
import { hangDoorbell, prepareQueue, type QueuePlace } from '../queue.ts'
import { connectDatabase, type DatabaseRole, type Store } from '../storage/database.ts'
import { postgresOptions } from '../storage/postgres-options.ts'
import { heedLedger } from './heed-ledger.ts'
import { heedPolicy } from './heed-policy.ts'
import { openDatabase } from './open-database.ts'
import { openLedger, openObjects, openVaults } from './open-stores.ts'

/** How long a link to an artifact opens. */
const linkMs = 15 * 60_000
/** How long a link to an export opens, at most: its file is gone a day after it was made. */
const exportLinkMs = keepDays.export * dayMs

/** What the roles of one process share. */
export interface Parts {
  config: Config
  log: Log
  urls: { app: string; worker: string; purge: string; dump: string }
  objects: ObjectStore
  links: Links
  /** To exports, whose ids stand where others have an artifact's. */
  exportLinks: Links
  bell: Doorbell
  telemetry: Telemetry
  /** What lies in the queue, for the proof. */
  lookAtQueue(): Promise<QueueLook>
  /** Wakes this process's own runner of a lane when it has a free slot, else rings for the others. */
  ring(lane: Lane): void
  /** Makes a runner of this process the first to be woken for its lane, by rings from here and from elsewhere. */
  answer(lane: Lane, wake: () => boolean): Promise<void>
  /** A pool of its own, acting as the role's database role. Closed with the parts. */
  openStore(role: DatabaseRole): Store
  close(): Promise<void>
}

/** Opens what the configuration names, in order; whatever was opened is closed in reverse, also when a later one fails. */
export async function openParts(input: {
  config: Config
  log: Log
  say: (line: string) => void
}): Promise<Parts> {
  const { config, log } = input
  const stack = new AsyncDisposableStack()
  try {
    const telemetry = await observer(config)
    stack.defer(() => telemetry.close())
    const urls = await openDatabase(stack, input)
    const place: QueuePlace = config.redisUrl
      ? { kind: 'redis', url: config.redisUrl, prefix: 'loom' }
      : { kind: 'postgres', server: postgresOptions(urls.app) }
    if (urls.migrate && place.kind === 'postgres') await prepareQueue(postgresOptions(urls.migrate))
    const vaultFor = await openVaults({ config, log })
    const objects = await openObjects(config)
    const ledger = await openLedger(config)
    const { exportLinks, links } = await openLinks({ vault: vaultFor('loom_app'), baseUrl: config.publicUrl })
    const bell = hangDoorbell({ place, log })
    stack.defer(() => bell.close())
    const openStore = (role: DatabaseRole): Store => {
      const url = {
        loom_app: urls.app,
        loom_worker: urls.worker,
        loom_purge: urls.purge,
        loom_dump: urls.dump,
      }[role]
      const sql = connectDatabase({ url, role, max: 8, name: `loom-${role}` })
      stack.defer(() => sql.end({ timeout: 5 }))
      const vault = vaultFor(role)
      return { sql, vault, objects, ledger, now: Date.now, newId: createIds({ now: Date.now }), log }
    }
    const front = openStore(config.database?.looksAs ?? 'loom_app')
    const isApp = config.database?.looksAs !== 'loom_worker'
    await heedLedger(front, { mayFollow: isApp, log })
    await heedPolicy(front, { mode: config.mode, mayBegin: isApp, log })
    const own = new Map<Lane, () => boolean>()
    const ring = (lane: Lane): void => {
      if (!own.get(lane)?.()) bell.ring(lane)
    }
    const answer = async (lane: Lane, wake: () => boolean): Promise<void> => {
      own.set(lane, wake)
      await bell.answer(lane, wake).catch((thrown) => {
        log.warn(
          { detail: toLoomError(thrown).detail },
          'the queue does not answer; rings are found in the rows',
        )
      })
      wake()
    }
    return {
      config,
      log,
      urls,
      objects,
      links,
      exportLinks,
      bell,
      telemetry,
      lookAtQueue: () => lookAtQueue(place, Date.now()),
      ring,
      answer,
      openStore,
      close: () => stack.disposeAsync(),
    }
  } catch (thrown) {
    await stack.disposeAsync()
    throw thrown
  }
}

/** The libraries behind it are loaded only where somebody observes. */
async function observer({ otlpEndpoint: endpoint }: Config): Promise<Telemetry> {
  if (!endpoint) return noTelemetry
  const { openTelemetry } = await import('../telemetry/open-telemetry.ts')
  return openTelemetry({ endpoint })
}

async function openLinks(input: {
  vault: Vault
  baseUrl: string
}): Promise<{ links: Links; exportLinks: Links }> {
  const common = { baseUrl: input.baseUrl, now: Date.now }
  const [key, exportKey] = [
    await input.vault.derive('artifact-links'),
    await input.vault.derive('export-links'),
  ]
  return {
    links: createLinks({ ...common, key, ttlMs: linkMs }),
    exportLinks: createLinks({ ...common, key: exportKey, ttlMs: exportLinkMs, path: 'e' }),
  }
}
