import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { ThreadMessage } from '../../../src/core/brief.ts'
import type { Sealer } from '../../../src/core/ports.ts'
import { driveErasures, type EraseTimes } from '../../../src/retention/delete/drive.ts'
import type { Store } from '../../../src/storage/database.ts'
import type { TestBed } from '../../support/store.ts'

/** The same store, whose seals can be read by anybody: what is left of somebody's words is seen in the bare rows. */
export function transparent(store: Store): Store {
  const open = (sealer: Sealer): Sealer => ({
    ...sealer,
    seal: (_, plain) => Buffer.from(plain),
    open: (_, sealed) => Buffer.from(sealed),
    openText: (_, sealed) => Buffer.from(sealed).toString('utf8'),
  })
  const { vault } = store
  return {
    ...store,
    vault: { ...vault, sealer: async (tenantId, purpose) => open(await vault.sealer(tenantId, purpose)) },
  }
}

/** Every place in database and objects where a word stands, by table or file. */
export async function placesOf(bed: TestBed, word: string): Promise<string[]> {
  const tables = await bed.admin`
    select schemaname || '.' || tablename as name from pg_tables where schemaname in ('loom', 'loom_shared') order by 1`
  const hex = Buffer.from(word).toString('hex')
  const found: string[] = []
  for (const { name } of tables) {
    const rows = await bed.admin`
      select 1 from ${bed.admin(name)} t where to_jsonb(t)::text like any(array[${`%${word}%`}, ${`%${hex}%`}])`
    found.push(...rows.map(() => String(name)))
  }
  for (const folder of ['objects', 'ledger']) {
    const root = path.join(bed.home, folder)
    const names = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])
    for (const entry of names) {
      const file = path.join(entry.parentPath, entry.name)
      if (entry.isFile() && (await readFile(file)).includes(word)) found.push(path.relative(bed.home, file))
    }
  }
  return found
}

export const quickTimes: EraseTimes = {
  batch: 50,
  settleMs: 0,
  turnMs: 10_000,
  removeMs: 120_000,
  tellMs: 60_000,
}

/** Drives erasures at a moment until none is due. */
export async function eraseAll(
  bed: TestBed,
  input: {
    store?: Store
    aheadMs?: number
    processors?: Parameters<typeof driveErasures>[0]['processors']
    ports?: Parameters<typeof driveErasures>[0]['ports']
  } = {},
): Promise<void> {
  const { aheadMs = 0, ports = [], processors = [], store = bed.store() } = input
  const now = () => Date.now() + aheadMs
  const deps = { store: { ...store, now }, purge: { ...bed.store('loom_purge'), now }, processors, ports }
  while ((await driveErasures(deps, quickTimes)) > 0);
}

export function overheard(author: string, text: string, part: Partial<ThreadMessage> = {}): ThreadMessage {
  return {
    key: `said-${text}`,
    author: { kind: 'person', externalId: author, name: author },
    text,
    files: [],
    saidAtMs: Date.now(),
    ...part,
  }
}
