import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { connectDatabase, type DatabaseRole, type Store } from '../../../src/storage/database.ts'
import type { TestBed, TestServer } from '../../support/store.ts'

/** Another database on the same server, beside the same files, keys and ledger: where a backup is brought back. */
export async function openAnother(server: TestServer, bed: TestBed, options: { copyOf?: string } = {}) {
  const name = `${server.prefix}_${randomBytes(5).toString('hex')}`
  const onServer = async (text: string) => {
    const sql = postgres(server.adminUrl, { max: 1, onnotice: () => undefined })
    await sql.unsafe(text).finally(() => sql.end({ timeout: 5 }))
  }
  await onServer(`create database ${name}${options.copyOf ? ` template ${options.copyOf}` : ''}`)
  const address = new URL(server.adminUrl)
  address.pathname = name
  const url = address.href
  const pools: ReturnType<typeof connectDatabase>[] = []
  const admin = postgres(url, { max: 2, onnotice: () => undefined })
  const store = (role: DatabaseRole = 'loom_app'): Store => {
    const sql = connectDatabase({ url, role, max: 4, name: 'loom-test' })
    pools.push(sql)
    return { ...bed.store(), sql }
  }
  return {
    ...{ name, url, admin, store },
    /** As a bed of its own, for whoever only looks. */
    bed: { ...bed, url, admin, store } satisfies TestBed,
    async close() {
      await Promise.all([admin, ...pools].map((sql) => sql.end({ timeout: 5 })))
      await onServer(`drop database if exists ${name} with (force)`)
    },
  }
}

/** A copy of a bed's database as a physical backup has it. Its pools may be open: they are told to go first. */
export async function backUp(server: TestServer, bed: TestBed): Promise<string> {
  const name = `${server.prefix}_${randomBytes(5).toString('hex')}`
  const from = new URL(bed.url).pathname.slice(1)
  const sql = postgres(server.adminUrl, { max: 1, onnotice: () => undefined })
  try {
    for (let attempt = 1; ; attempt += 1) {
      await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${from} and pid <> pg_backend_pid()`
      try {
        await sql.unsafe(`create database ${name} template ${from}`)
        return name
      } catch (thrown) {
        if ((thrown as { code?: string }).code !== '55006' || attempt === 20) throw thrown
      }
    }
  } finally {
    await sql.end({ timeout: 5 })
  }
}
