import { createIds } from '../../../src/core/ids.ts'
import type { Doorbell, Log, ObjectStore } from '../../../src/core/ports.ts'
import { hangDoorbell, type QueuePlace } from '../../../src/queue.ts'
import type { DatabaseRole, Store } from '../../../src/storage/database.ts'
import { openPostgres } from '../../../src/storage/open-postgres.ts'
import { postgresOptions } from '../../../src/storage/postgres-options.ts'
import { createClock, type TestClock } from '../../support/clock.ts'
import { openTestBed, type TestBed, type TestServer } from '../../support/store.ts'
import { type OpenShelf, onDisk, type Shelf } from './shelves.ts'

/** A Loom of its own whose time is told: to its processes, its database and its files alike. */
export interface World {
  bed: TestBed
  clock: TestClock
  store(role?: DatabaseRole): Store
  /** The same product over another database, with the files that are given. */
  over(url: string, objects: ObjectStore): { store(role?: DatabaseRole): Store; close(): Promise<void> }
  shelf: Shelf
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

export async function openWorld(server: TestServer, openShelf: OpenShelf = onDisk): Promise<World> {
  const clock = createClock()
  const bed = await openTestBed(server, { now: clock.now })
  await joinTime(clock, bed)
  const { log, logged } = createNotedLog()
  const base = { ...bed.store(), log }
  const shelf = await openShelf({ home: bed.home, now: clock.now })
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
  const here = over(bed.url, shelf.objects)
  const queue = { kind: 'postgres', server: postgresOptions(bed.url) } as const
  const bell = hangDoorbell({ place: queue, log })
  return {
    ...{ bed, clock, over, shelf, queue, bell, logged, store: here.store },
    async close() {
      await bell.close()
      await here.close()
      await shelf.close()
      await bed.close()
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
