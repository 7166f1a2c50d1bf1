import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import postgres from 'postgres'
import { describe, inject } from 'vitest'
import { createIds } from '../../src/core/ids.ts'
import type { Log } from '../../src/core/ports.ts'
import { connectDatabase, type DatabaseRole, type Store } from '../../src/storage/database.ts'
import { createDiskLedger } from '../../src/storage/ledger/disk-ledger.ts'
import { createDiskObjects } from '../../src/storage/objects/disk.ts'
import { type Account, openAccount } from '../../src/storage/tenants/create.ts'
import { createFileVault } from '../../src/storage/vault/file-vault.ts'
import { emptying, giveBack, takeDatabase } from './databases.ts'
import type { TestServer } from './global-setup.ts'

export type { TestServer }

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
}

/** Runs a suite once on one of the servers, another for another suite: for what asks nothing of a server in particular. */
export function describeOneServer(name: string, suite: (server: TestServer) => void): void {
  const servers = inject('servers')
  const sum = [...name].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0)
  const server = servers[sum % servers.length]
  if (server) describe(`${name} (${server.name})`, () => suite(server))
}

/** Runs a suite once for each Postgres there is. */
export function describeEachServer(name: string, suite: (server: TestServer) => void): void {
  for (const server of inject('servers')) describe(`${name} (${server.name})`, () => suite(server))
}

/** A database of its own, as the migrations leave one. */
export interface TestBed {
  url: string
  home: string
  /** A store over a pool that acts as the role; closed with the bed. */
  store(role?: DatabaseRole): Store
  /** A connection that sees everything, to look at rows from outside. */
  admin: postgres.Sql
  /** A fresh tenant, each call another. */
  account(): Promise<Account>
  /** Takes all rows out, for the next test of a file; nothing may be at work on them. */
  empty(): Promise<void>
  close(): Promise<void>
}

export async function openTestBed(
  server: TestServer,
  { now = Date.now }: { now?: () => number } = {},
): Promise<TestBed> {
  const name = await takeDatabase(server)
  const address = new URL(server.adminUrl)
  address.pathname = name
  const url = address.href
  const home = await mkdtemp(path.join(tmpdir(), 'loom-bed-'))
  const vault = createFileVault({
    directory: path.join(home, 'keys'),
    masterKey: randomBytes(32),
    now,
  })
  const objects = createDiskObjects({ root: path.join(home, 'objects') })
  const ledger = createDiskLedger({ directory: path.join(home, 'ledger') })
  const admin = postgres(url, { max: 2, onnotice: () => undefined })
  const pools = new Map<DatabaseRole, Store>()
  const store = (role: DatabaseRole = 'loom_app'): Store => {
    const existing = pools.get(role)
    if (existing) return existing
    const sql = connectDatabase({ url, role, max: 8, name: 'loom-test' })
    const made = { sql, vault, objects, ledger, now, newId: createIds({ now }), log: silentLog }
    pools.set(role, made)
    return made
  }
  return {
    url,
    home,
    store,
    admin,
    account: () =>
      openAccount(store(), {
        platform: 'local',
        kind: 'local',
        externalId: randomBytes(8).toString('hex'),
        installer: { externalId: 'owner', name: 'Owner' },
      }),
    async empty() {
      await admin.begin((sql) => sql.unsafe(emptying))
    },
    async close() {
      await Promise.all([...pools.values()].map(({ sql }) => sql.end({ timeout: 5 })))
      giveBack(server, name, admin)
      await rm(home, { recursive: true, force: true })
    },
  }
}
