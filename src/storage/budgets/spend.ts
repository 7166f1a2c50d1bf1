import type { Tx } from '../database.ts'
import type { BudgetKey } from './keys.ts'

/** One member's movement: what it held is given back, what it spent is settled, what comes next is reserved. */
export interface Spending {
  keys: readonly BudgetKey[]
  releaseMicroUsd: number
  settleMicroUsd: number
  /** What the next step may cost at most. */
  wantMicroUsd: number
  /** The least that the next step can begin with; a reservation is shrunk down to this, never below. */
  leastMicroUsd: number
}

/** A counter whose settled spending has just passed four fifths of its cap. */
export interface NearCap extends BudgetKey {
  settledMicroUsd: number
  capMicroUsd: number
}

/**
 * Settles and reserves for a whole group in one statement. Answers the counters that came near their caps by it, or
 * `undefined` when some counter has no room for all of them, and nothing was changed.
 */
export async function spendTogether(tx: Tx, members: readonly Spending[]): Promise<NearCap[] | undefined> {
  const rows = totalsOf(members)
  if (rows.length === 0) return []
  const moved = await tx.sql<Moved[]>`
    update loom.budgets as b
    set settled_micro_usd = b.settled_micro_usd + d.settle, reserved_micro_usd = b.reserved_micro_usd + d.reserve
    from unnest(
      ${rows.map((row) => row.scope)}::text[], ${rows.map((row) => row.key)}::text[],
      ${rows.map((row) => row.settle)}::bigint[], ${rows.map((row) => row.reserve)}::bigint[]
    ) as d (scope, key, settle, reserve)
    where b.scope = d.scope and b.key = d.key
      and (d.settle + d.reserve <= 0
           or b.settled_micro_usd + b.reserved_micro_usd + d.settle + d.reserve <= b.cap_micro_usd)
    returning b.scope, b.key, b.settled_micro_usd::float8 as settled, b.cap_micro_usd::float8 as cap,
              d.settle::float8 as spent`
  return moved.length === rows.length ? nearCaps(moved) : undefined
}

/**
 * The same where nobody can look at the answer: fails its transaction (`loom.expect`) when some counter has no room for
 * all of them or comes near its cap, which somebody has to be told.
 */
export async function spendExpected(tx: Tx, members: readonly Spending[]): Promise<void> {
  const rows = totalsOf(members)
  if (rows.length === 0) return
  await tx.sql`
    with moved as (
      update loom.budgets as b
      set settled_micro_usd = b.settled_micro_usd + d.settle, reserved_micro_usd = b.reserved_micro_usd + d.reserve
      from unnest(
        ${rows.map((row) => row.scope)}::text[], ${rows.map((row) => row.key)}::text[],
        ${rows.map((row) => row.settle)}::bigint[], ${rows.map((row) => row.reserve)}::bigint[]
      ) as d (scope, key, settle, reserve)
      where b.scope = d.scope and b.key = d.key
        and (d.settle + d.reserve <= 0
             or b.settled_micro_usd + b.reserved_micro_usd + d.settle + d.reserve <= b.cap_micro_usd)
      returning b.settled_micro_usd as settled, b.cap_micro_usd * ${nearShare}::float8 as near, d.settle as spent
    )
    select loom.expect((select count(*) from moved) = ${rows.length}
                       and not exists (select 1 from moved where settled >= near and settled - spent < near))`
}

/** What a group moves in each counter, in the order of the counters' keys. */
function totalsOf(members: readonly Spending[]) {
  const totals = new Map<string, { scope: string; key: string; settle: number; reserve: number }>()
  for (const member of members) {
    if (!member.releaseMicroUsd && !member.settleMicroUsd && !member.wantMicroUsd) continue
    for (const { scope, key } of member.keys) {
      const total = totals.get(`${scope} ${key}`) ?? { scope, key, settle: 0, reserve: 0 }
      total.settle += member.settleMicroUsd
      total.reserve += member.wantMicroUsd - member.releaseMicroUsd
      totals.set(`${scope} ${key}`, total)
    }
  }
  return [...totals.values()].sort((a, b) => (`${a.scope} ${a.key}` < `${b.scope} ${b.key}` ? -1 : 1))
}

/**
 * Settles one member and reserves what there is room for, in one statement. Answers the reservation in micro-dollars:
 * `wantMicroUsd`, or less when a counter is nearly full, or 0 when not even `leastMicroUsd` is left.
 */
export async function spendAlone(
  tx: Tx,
  member: Spending,
): Promise<{ grantedMicroUsd: number; near: NearCap[] }> {
  const { keys, leastMicroUsd, releaseMicroUsd, settleMicroUsd, wantMicroUsd } = member
  if (!releaseMicroUsd && !settleMicroUsd && !wantMicroUsd) return { grantedMicroUsd: 0, near: [] }
  const rows = await tx.sql<(Moved & { granted: number })[]>`
    with named as (
      select * from unnest(${keys.map((k) => k.scope)}::text[], ${keys.map((k) => k.key)}::text[]) as n (scope, key)
    ), locked as (
      select b.scope, b.key, b.cap_micro_usd - b.settled_micro_usd - b.reserved_micro_usd as room
      from loom.budgets b join named n on n.scope = b.scope and n.key = b.key
      order by b.scope, b.key for update of b
    ), room as (
      select coalesce(min(room), 0) + ${releaseMicroUsd}::bigint - ${settleMicroUsd}::bigint as left_over from locked
    ), granted as (
      select case
        when ${wantMicroUsd}::bigint <= left_over then ${wantMicroUsd}::bigint
        when ${leastMicroUsd}::bigint <= left_over then left_over
        else 0 end as amount
      from room
    ), moved as (
      update loom.budgets b
      set settled_micro_usd = b.settled_micro_usd + ${settleMicroUsd}::bigint,
          reserved_micro_usd = b.reserved_micro_usd - ${releaseMicroUsd}::bigint + g.amount
      from locked l, granted g
      where b.scope = l.scope and b.key = l.key
      returning b.scope, b.key, b.settled_micro_usd::float8 as settled, b.cap_micro_usd::float8 as cap,
                ${settleMicroUsd}::float8 as spent
    )
    select g.amount::float8 as granted, m.* from granted g left join moved m on true`
  return { grantedMicroUsd: rows[0]?.granted ?? 0, near: nearCaps(rows) }
}

interface Moved {
  scope: BudgetKey['scope']
  key: string
  settled: number
  cap: number
  spent: number
}

const nearShare = 0.8

function nearCaps(moved: readonly Moved[]): NearCap[] {
  return moved
    .filter(({ cap, settled, spent }) => {
      const near = cap * nearShare
      return settled >= near && settled - spent < near
    })
    .map(({ cap, key, scope, settled }) => ({ scope, key, settledMicroUsd: settled, capMicroUsd: cap }))
}
