import { LoomError } from '../../core/errors.ts'
import { acrossTenants, type Store, type Tx } from '../database.ts'
import { applyDeed } from '../erasure/apply.ts'
import { brokenChain, type Deed, type LedgerEntry, noHash, readEntry, writeEntry } from './entries.ts'

/** Taken while the ledger is followed, so that its entries take effect one by one and in order. */
const ledgerLock = 7_305_112_202

interface Position {
  seq: number
  hash: Buffer
}

/**
 * Brings this database to where the ledger of deletions is: what was fenced, deleted, forgotten or ignored after a
 * backup was made is so again in what was restored of it. Idempotent; one process at a time. Answers how many entries
 * were followed. Throws `corrupt` for a ledger that is not this database's.
 */
export async function followLedger(store: Store): Promise<number> {
  return inTurn(store, async (tx) => {
    const before = await position(tx)
    const after = await catchUp(store, tx, before)
    return after.seq - before.seq
  })
}

/**
 * Writes a deed into the ledger, and only then does it. `decide` is asked when all that came before has taken effect;
 * without an answer nothing is written. Whatever breaks off behind the writing is done by whoever follows next.
 */
export async function recordDeed(
  store: Store,
  decide: (nowMs: number) => Promise<Deed | undefined>,
): Promise<LedgerEntry | undefined> {
  return inTurn(store, async (tx) => {
    const last = await catchUp(store, tx, await position(tx))
    const deed = await decide(await later(store, tx))
    if (!deed) return undefined
    const key = await ledgerKey(store)
    const seq = last.seq + 1
    const { body, hash } = writeEntry({ key, seq, previous: last.hash, deed })
    if (!(await store.ledger.writeFirst(seq, body))) throw overtaken()
    await applyDeed(store, { seq, deed, hash })
    await move(tx, { seq, hash })
    return { seq, deed, hash }
  })
}

/** Whether the ledger has entries that this database has not followed. Looks only; any role may. */
export async function isBehindLedger(store: Store): Promise<boolean> {
  const { seq } = await acrossTenants(store, position)
  return (await store.ledger.read(seq + 1)) !== undefined
}

async function inTurn<T>(store: Store, work: (tx: Tx) => Promise<T>): Promise<T> {
  return acrossTenants(store, async (tx) => {
    await tx.sql`select pg_advisory_xact_lock(${ledgerLock})`
    return work(tx)
  })
}

async function catchUp(store: Store, tx: Tx, from: Position): Promise<Position> {
  const key = await ledgerKey(store)
  await checkLast(store, key, from)
  let last = from
  for (;;) {
    const body = await store.ledger.read(last.seq + 1)
    if (!body) return last
    const entry = readEntry({ key, seq: last.seq + 1, previous: last.hash, body })
    await applyDeed(store, entry)
    await move(tx, entry)
    last = entry
  }
}

/** The entry that this database followed last must be there: a ledger that was lost would hide what follows it. */
async function checkLast(store: Store, key: Buffer, { hash, seq }: Position): Promise<void> {
  if (seq === 0) return
  const body = await store.ledger.read(seq)
  if (!body) throw brokenChain(seq)
  const before = JSON.parse(Buffer.from(body).toString('utf8')) as { previous?: string }
  const entry = readEntry({ key, seq, previous: Buffer.from(before.previous ?? '', 'hex'), body })
  if (!entry.hash.equals(hash)) throw brokenChain(seq)
}

function ledgerKey(store: Store): Promise<Buffer> {
  return store.vault.derive('ledger')
}

async function position({ sql }: Tx): Promise<Position> {
  const [row] = await sql<{ seq: number; hash: Uint8Array }[]>`
    select seq::float8 as seq, hash from loom_shared.ledger_position`
  return row ? { seq: row.seq, hash: Buffer.from(row.hash) } : { seq: 0, hash: noHash }
}

async function move({ sql }: Tx, { hash, seq }: Position): Promise<void> {
  await sql`
    insert into loom_shared.ledger_position (name, seq, hash) values ('ledger', ${seq}, ${hash})
    on conflict (name) do update set seq = excluded.seq, hash = excluded.hash`
}

/** Not before anything that is committed by now, whatever the clocks of machines say. */
async function later(store: Store, { sql }: Tx): Promise<number> {
  const [row] = await sql<
    { now: number }[]
  >`select extract(epoch from clock_timestamp())::float8 * 1000 as now`
  return Math.max(store.now(), Math.ceil(row?.now ?? 0) + 1)
}

/** Another database writes into the same ledger. */
function overtaken(): LoomError {
  return new LoomError({
    kind: 'conflict',
    message: 'The ledger of deletions grew at the same moment. Try again.',
    detail: 'ledger overtaken',
    retryable: true,
  })
}
