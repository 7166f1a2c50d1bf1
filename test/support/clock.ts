import type { TestBed } from './store.ts'

/** Makes every row that is written from now on as old as the database's shifted clock says. */
const stampByClock = `do $$ declare name text; begin
  for name in select table_name from information_schema.columns
    where table_schema = 'loom' and column_name = 'created_at' loop
    execute format('alter table loom.%I alter column created_at set default loom.clock()', name);
  end loop; end $$`

/** What time it is: to a store that is opened with its `now`, and to the database of its bed. */
export interface TestClock {
  now(): number
  /** Goes so many days from the true time: back with a negative number. */
  goTo(days: number): Promise<void>
}

/** A clock for one bed, whose database is its own: nothing in the product lets anybody set it. */
export async function useClock(bed: Pick<TestBed, 'admin'>): Promise<TestClock> {
  let shiftMs = 0
  await bed.admin.unsafe(stampByClock)
  return {
    now: () => Date.now() + shiftMs,
    async goTo(days) {
      shiftMs = Math.round(days * 86_400_000)
      await bed.admin.unsafe(`
        create or replace function loom.clock() returns timestamptz language sql stable parallel safe
        return pg_catalog.now() + interval '${shiftMs} milliseconds'`)
    },
  }
}
