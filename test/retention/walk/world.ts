import { utimes } from 'node:fs/promises'
import path from 'node:path'
import { createIds } from '../../../src/core/ids.ts'
import type { Doorbell, Log, ObjectStore } from '../../../src/core/ports.ts'
import { hangDoorbell, type QueuePlace } from '../../../src/queue.ts'
import type { DatabaseRole, Store } from '../../../src/storage/database.ts'
import { createDiskObjects } from '../../../src/storage/objects/disk.ts'
import { openPostgres } from '../../../src/storage/open-postgres.ts'
import { postgresOptions } from '../../../src/storage/postgres-options.ts'
import { createClock, type TestClock } from '../../support/clock.ts'
import { openTestBed, type TestBed, type TestServer } from '../../support/store.ts'

/** A Loom of its own whose time is told: to its processes, its database and its files alike. */
export interface World {
  bed: TestBed
  clock: TestClock
  store(role?: DatabaseRole): Store
  /** The same product over another database, with the files that are given. */
  over(url: string, objects: ObjectStore): { store(role?: DatabaseRole): Store; close(): Promise<void> }
  queue: QueuePlace
  bell: Doorbell
  /** What was logged since it was asked last. */
  logged(): string
  close(): Promise<void>
}

/** Where `now()` is found before the server's own. */
const tellsTime = `
  create function simulated.now() returns timestamptz language sql stable parallel safe return loom.clock()`

export async function joinTime(clock: TestClock, bed: Pick<TestBed, 'admin'>): Promise<void> {
  await clock.join(bed)
  await bed.admin.unsafe(tellsTime)
}

export async function openWorld(server: TestServer): Promise<World> {
  const clock = createClock()
  const bed = await openTestBed(server, { now: clock.now })
  await joinTime(clock, bed)
  const { log, logged } = createNotedLog()
  const base = { ...bed.store(), log }
  const objects = stamped(createDiskObjects({ root: path.join(bed.home, 'objects'), now: clock.now }), {
    root: path.join(bed.home, 'objects'),
    now: clock.now,
  })
  const over: World['over'] = (url, files) => {
    const stores = new Map<DatabaseRole, Store>()
    return {
      store(role = 'loom_app') {
        const sql = () =>
          openPostgres(url, { max: 4, name: 'loom-walk', role, searchPath: 'simulated, pg_catalog' })
        const made = stores.get(role) ?? {
          ...base,
          objects: files,
          sql: sql(),
          newId: createIds({ now: clock.now }),
        }
        stores.set(role, made)
        return made
      },
      close: async () =>
        void (await Promise.all([...stores.values()].map(({ sql }) => sql.end({ timeout: 5 })))),
    }
  }
  const here = over(bed.url, objects)
  const queue = { kind: 'postgres', server: postgresOptions(bed.url) } as const
  const bell = hangDoorbell({ place: queue, log })
  return {
    ...{ bed, clock, over, queue, bell, logged, store: here.store },
    async close() {
      await bell.close()
      await here.close()
      await bed.close()
    },
  }
}

/** Files are as old as the told time says. */
function stamped(objects: ObjectStore, at: { root: string; now(): number }): ObjectStore {
  return {
    ...objects,
    async put(key, body, meta) {
      await objects.put(key, body, meta)
      const moment = new Date(at.now())
      await utimes(path.join(at.root, key), moment, moment)
    },
  }
}

/** Everything that anybody logs, fields and words. */
function createNotedLog(): { log: Log; logged(): string } {
  let lines: string[] = []
  const note = (...said: unknown[]) => void lines.push(JSON.stringify(said))
  const log: Log = { debug: note, info: note, warn: note, error: note, child: () => log }
  return {
    log,
    logged() {
      const text = lines.join('\n')
      lines = []
      return text
    },
  }
}
