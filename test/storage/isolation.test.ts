import { glob } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { LoomError } from '../../src/core/errors.ts'
import { createIds } from '../../src/core/ids.ts'
import {
  acrossTenants,
  connectDatabase,
  type DatabaseRole,
  inTenant,
  type Store,
} from '../../src/storage/database.ts'
import { viewJob } from '../../src/storage/jobs/view.ts'
import { describeEachServer } from '../support/store.ts'
import { attacks, exceptions } from './support/attacks.ts'
import { only, openTenant, type Tenant, useBed } from './support/bed.ts'
import { allTables, openVictim, secrets, snapshot, tenantTables, type Victim } from './support/victim.ts'

const root = path.join(import.meta.dirname, '../../src/storage')

/** `file#name` of everything in storage that can be called, but what asks no database for a tenant's rows. */
async function storageFunctions(): Promise<string[]> {
  const found: string[] = []
  for await (const file of glob('**/*.ts', { cwd: root })) {
    if (/^(embedded|objects|schema|vault)\/|keeper-thread/.test(file)) continue
    const exported: Record<string, unknown> = await import(path.join(root, file))
    for (const [name, value] of Object.entries(exported)) {
      if (typeof value === 'function') found.push(`${file}#${name}`)
    }
  }
  return found.sort()
}

/** Whether an answer says nothing: no row, no id, no number, no yes. */
function saysNothing(answer: unknown): boolean {
  if (answer === undefined || answer === null || answer === false || answer === 0 || answer === '')
    return true
  if (typeof answer !== 'object') return false
  return Object.values(answer).every(saysNothing)
}

describe('the list of attacks', () => {
  it('names every function of the storage, or says why not', async () => {
    const named = [...Object.keys(attacks), ...Object.keys(exceptions)].sort()
    expect(await storageFunctions()).toEqual(named)
  })
})

describeEachServer('isolation', (server) => {
  const bed = useBed(server, { keepRows: true })
  let a: Tenant
  let b: Victim
  let before: Record<string, string[]>

  async function meet(): Promise<void> {
    a = await openTenant(bed())
    b = await openVictim(bed())
    before = await snapshot(bed(), b.tenantId)
  }

  beforeAll(meet)

  describe('between two tenants', () => {
    it('has a victim with rows in every table, so that no attack misses for want of a target', async () => {
      const filled = Object.entries(before).filter(([, rows]) => rows.length > 0)
      expect(filled.map(([table]) => table)).toEqual(await allTables(bed()))
    })

    it.each(Object.keys(attacks))('%s gives nothing and changes nothing of the other', async (name) => {
      const attempts = attacks[name]?.(a, b) ?? []
      expect(attempts.length).toBeGreaterThan(0)
      for (const attempt of attempts) {
        const answer = await attempt().catch((error: unknown) => error)
        if (answer instanceof Error) expect(answer).toBeInstanceOf(LoomError)
        else expect(answer).toSatisfy(saysNothing)
      }
      const [after, expected] = [await snapshot(bed(), b.tenantId), before]
      // The attacks that follow find a whole victim again.
      if (JSON.stringify(after) !== JSON.stringify(expected)) await meet()
      expect(after).toEqual(expected)
    })
  })

  describe('in plain SQL', () => {
    const roles: DatabaseRole[] = ['loom_app', 'loom_worker', 'loom_purge']
    const cases = roles.flatMap((role) => [
      [role, 'another tenant'] as const,
      [role, 'no tenant'] as const,
      [role, 'a tenant that is an empty string'] as const,
    ])

    it.each(cases)(
      '%s under %s reads, changes, deletes and brings in no row of the tenant',
      async (role, who) => {
        const sql = bed().store(role).sql
        const tenant = { 'another tenant': a.tenantId, 'no tenant': undefined }[who as string] ?? ''
        for (const table of await tenantTables(bed())) {
          const row = only(
            await bed()
              .admin`select to_jsonb(t) as row from loom.${bed().admin(table)} t where tenant_id = ${b.tenantId} limit 1`,
          ).row
          const attempt = (work: (tx: typeof sql) => PromiseLike<{ count: number }>) =>
            sql
              .begin(async (tx) => {
                if (who !== 'no tenant') await tx`select set_config('loom.tenant', ${tenant}, true)`
                return (await work(tx as unknown as typeof sql)).count
              })
              .catch((error: { code?: string }) => error.code)
          const name = sql(table)
          const seen = [
            await attempt((tx) => tx`select 1 from loom.${name} where tenant_id = ${b.tenantId}`),
            await attempt(
              (tx) => tx`update loom.${name} set created_at = now() where tenant_id = ${b.tenantId}`,
            ),
            await attempt((tx) => tx`delete from loom.${name} where tenant_id = ${b.tenantId}`),
            await attempt(
              (tx) =>
                tx`insert into loom.${name} select (jsonb_populate_record(null::loom.${name}, ${JSON.stringify(row)}::text::jsonb)).*`,
            ),
          ]
          // Which accounts there are is what the purge must know to go through them.
          if (role === 'loom_purge' && table === 'tenants') seen[0] = seen[0] === 1 ? 0 : -1
          const [selected, updated, deleted, inserted] = seen
          // 42501: the role has no such right at all, or the wall refused the row.
          for (const outcome of [selected, updated, deleted])
            expect([table, [0, '42501'].includes(outcome ?? -1)]).toEqual([table, true])
          expect([table, inserted]).toEqual([table, '42501'])
        }
        expect(await snapshotOfTenantTables(b.tenantId)).toEqual(
          onlyTenantTables(before, await tenantTables(bed())),
        )
      },
    )

    it('a role under its own tenant does see its own rows, so that the wall is not merely a locked door', async () => {
      const rows = await inTenant(b.store, b.tenantId, ({ sql }) => sql`select id from loom.jobs`)
      expect(rows.map((row) => row.id).sort()).toEqual([...b.jobIds].sort())
    })

    it('nothing moves a row of its own to another tenant', async () => {
      const moved = await inTenant(
        a.store,
        a.tenantId,
        ({ sql }) => sql`update loom.identities set tenant_id = ${b.tenantId}`,
      ).catch((error: unknown) => error)
      expect(moved).toMatchObject({ kind: 'internal', detail: '42501' })
    })

    it('a row of one tenant cannot hang on a row of another: the foreign keys carry the tenant', async () => {
      const hung = await inTenant(
        a.store,
        a.tenantId,
        ({ sql }) => sql`
          insert into loom.feedback (tenant_id, id, job_id, identity_id, value)
          values (${a.tenantId}, ${b.held.taskId}, ${b.held.jobId}, ${a.identityId}, 1)`,
      ).catch((error: unknown) => error)
      expect(hung).toMatchObject({ kind: 'internal', detail: '23503' })
    })

    it('the dump reads every row of every table, changes none, and holds no word that anybody wrote', async () => {
      const { sql } = bed().store('loom_dump')
      for (const table of await allTables(bed())) {
        const text = await sql`select t::text as row from loom.${sql(table)} t order by 1`
        const all = await bed().admin`select t::text as row from loom.${bed().admin(table)} t order by 1`
        expect(text.map((row) => row.row)).toEqual(all.map((row) => row.row))
        const dumped = text.map((row) => row.row).join('\n')
        for (const word of secrets) {
          expect(dumped, table).not.toContain(word)
          expect(dumped, table).not.toContain(Buffer.from(word).toString('hex'))
        }
        const change = await sql`update loom.${sql(table)} set created_at = now()`.catch(
          (error) => error.code,
        )
        expect([table, change]).toEqual([table, '42501'])
      }
    })

    async function snapshotOfTenantTables(tenantId: string) {
      return onlyTenantTables(await snapshot(bed(), tenantId), await tenantTables(bed()))
    }
  })

  describe('on a shared connection', () => {
    const open = (max: number): Store & { close(): Promise<void> } => {
      const sql = connectDatabase({ url: bed().url, role: 'loom_app', max, name: 'loom-test' })
      const store = { ...bed().store(), sql, newId: createIds({ now: Date.now }) }
      return { ...store, close: () => sql.end({ timeout: 5 }) }
    }
    const visible = async (store: Store, tenantId?: string): Promise<string[]> => {
      const rows = tenantId
        ? await inTenant(store, tenantId, ({ sql }) => sql`select tenant_id from loom.tenants`)
        : await acrossTenants(store, ({ sql }) => sql`select tenant_id from loom.tenants`)
      return rows.map((row) => String(row.tenant_id))
    }

    it('the tenant does not stay for the next borrower: not after success, error, or a lost statement', async () => {
      const [first, second] = [await openTenant(bed()), await openTenant(bed())]
      const store = open(1)
      expect(await visible(store)).toEqual([])
      expect(await visible(store, first.tenantId)).toEqual([first.tenantId])
      expect(await visible(store)).toEqual([])
      expect(await visible(store, second.tenantId)).toEqual([second.tenantId])
      await expect(inTenant(store, first.tenantId, ({ sql }) => sql`select 1 / 0`)).rejects.toBeInstanceOf(
        LoomError,
      )
      expect(await visible(store)).toEqual([])
      const thrown = inTenant(store, first.tenantId, async ({ sql }) => {
        await sql`select 1`
        throw new Error('the work failed')
      })
      await expect(thrown).rejects.toThrow('the work failed')
      expect(await visible(store)).toEqual([])
      expect(await store.sql`select tenant_id from loom.tenants`).toHaveLength(0)
      await store.close()
    })

    it('two hundred transactions of two tenants, crossed on two connections, each see only their own', async () => {
      const tenants = [await openTenant(bed()), await openTenant(bed())]
      const store = open(2)
      await Promise.all(
        Array.from({ length: 200 }, async (_, turn) => {
          const tenant = tenants[turn % 2]
          expect(await visible(store, tenant?.tenantId)).toEqual(tenant ? [tenant.tenantId] : [])
        }),
      )
      await store.close()
    })

    it('a tenant that does not exist, or is no id at all, sees nothing', async () => {
      const context = { actor: { kind: 'system' } } as const
      const store = open(1)
      await expect(
        inTenant(store, 'not-a-uuid', ({ sql }) => sql`select 1 from loom.jobs`),
      ).rejects.toBeInstanceOf(LoomError)
      expect(await inTenant(store, '', ({ sql }) => sql`select 1 from loom.tenants`)).toHaveLength(0)
      for (const tenantId of ['', '../../etc', '00000000-0000-7000-8000-000000000000']) {
        const jobId = '00000000-0000-7000-8000-000000000001'
        await expect(viewJob(store, { ...context, tenantId }, { jobId })).rejects.toBeInstanceOf(LoomError)
      }
      await store.close()
    })
  })
})

function onlyTenantTables(
  shot: Record<string, string[]>,
  tables: readonly string[],
): Record<string, string[]> {
  return Object.fromEntries(Object.entries(shot).filter(([table]) => tables.includes(table)))
}
