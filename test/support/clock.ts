import type postgres from 'postgres'

/**
 * The database's clock, shifted. What it is shifted by stands in a table, so that to tell another time lets every
 * connection keep the plans that it has.
 */
const tellTime = `
  create schema simulated;
  create table simulated.shift (ms bigint not null);
  insert into simulated.shift values (0);
  grant usage on schema simulated to public;
  grant select on simulated.shift to public;
  create or replace function loom.clock() returns timestamptz language sql stable parallel safe
    return pg_catalog.now() + (select ms from simulated.shift) * interval '1 millisecond'`

/** Makes every row that is written from now on as old as the database's shifted clock says. */
const stampByClock = `do $$ declare at text; name text; begin
  for at, name in select table_schema, table_name from information_schema.columns
    where table_schema in ('loom', 'loom_shared') and column_name = 'created_at' loop
    execute format('alter table %I.%I alter column created_at set default loom.clock()', at, name);
  end loop; end $$`

/** What time it is: to a bed that was opened with its `now`, and to the database of that bed. */
export interface TestClock {
  now(): number
  /** Joins a bed, whose database is its own: nothing in the product lets anybody set the clock. Several may join. */
  join(bed: { admin: postgres.Sql }): Promise<void>
  leave(bed: { admin: postgres.Sql }): void
  /** Goes so many days from the true time: back with a negative number. */
  goTo(days: number): Promise<void>
}

export function createClock(): TestClock {
  let shiftMs = 0
  const joined = new Set<postgres.Sql>()
  const tell = (admin: postgres.Sql) => admin`update simulated.shift set ms = ${shiftMs}`
  return {
    now: () => Date.now() + shiftMs,
    async join(bed) {
      joined.add(bed.admin)
      await bed.admin.unsafe(tellTime)
      await bed.admin.unsafe(stampByClock)
      await tell(bed.admin)
    },
    leave: (bed) => void joined.delete(bed.admin),
    async goTo(days) {
      shiftMs = Math.round(days * 86_400_000)
      await Promise.all([...joined].map(tell))
    },
  }
}
