import path from 'node:path'
import { driveErasures } from '../../../src/retention/delete/drive.ts'
import { purge } from '../../../src/retention/purge/run.ts'
import { restoreInto } from '../../../src/roles/restore.ts'
import { createDiskObjects } from '../../../src/storage/objects/disk.ts'
import { openAnother } from '../../storage/dump/support.ts'
import type { TestServer } from '../../support/store.ts'
import { type Moment, tooLong } from './check.ts'
import { keysOf, lookAtDatabase, type Opened } from './look.ts'
import type { Stage } from './people.ts'
import { joinTime } from './world.ts'

/** What was written while the ledger was followed is as old as the told time says: nobody could tell it to that database before. */
const stampSince = (at: string) => `do $$ declare place text; name text; begin
  for place, name in select table_schema, table_name from information_schema.columns
    where table_schema in ('loom', 'loom_shared') and column_name = 'created_at' loop
    execute format('update %I.%I set created_at = loom.clock() where created_at between %L and pg_catalog.now()', place, name, '${at}');
  end loop; end $$`

/**
 * Brings a dump back beside the living database, follows the ledger and does what it says is due: then nothing can be
 * read of it that the policy has gone by now. Its files are its own, so that it takes none of the living away.
 */
export async function restoreOne(
  { recorder, world }: Stage,
  server: TestServer,
  input: { name: string; moment: Moment; opened: Opened; later(): Promise<void> },
): Promise<void> {
  const { moment, name, opened } = input
  const there = await openAnother(server, world.bed)
  const objects = createDiskObjects({
    root: path.join(world.bed.home, 'restored', name),
    now: world.clock.now,
  })
  const copy = world.over(there.url, objects)
  try {
    const [began] = await there.admin`select pg_catalog.now()::text as at`
    await restoreInto(world.store(), { name, url: there.url })
    await joinTime(world.clock, { admin: there.admin })
    await there.admin.unsafe(stampSince(String(began?.at)))
    const deps = { store: copy.store(), purge: copy.store('loom_purge'), processors: [], ports: [] }
    const times = { batch: 500, settleMs: 0, turnMs: 10_000, removeMs: 0, tellMs: 0 }
    while ((await driveErasures(deps, times)) > 0);
    // The last words of what was stopped have had their minutes.
    await input.later()
    while ((await driveErasures(deps, times)) > 0);
    const report = await purge({ store: copy.store('loom_purge'), front: copy.store() })
    const found = await lookAtDatabase(there.admin as never, { keys: keysOf(world.store().vault), opened })
    const faults = [
      ...report.faults.map((fault) => `the purge: ${JSON.stringify(fault)}`),
      ...tooLong(recorder, found, moment, 'restored'),
    ]
    if (faults.length > 0) throw new Error(`restored from ${name}:\n${faults.slice(0, 25).join('\n')}`)
  } finally {
    world.clock.leave(there)
    await copy.close()
    await there.close()
  }
}
