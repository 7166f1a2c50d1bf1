import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { Actor, Store, TenantContext } from '../../../src/storage/database.ts'
import type { Account } from '../../../src/storage/tenants/create.ts'
import type { TestClock } from '../../support/clock.ts'
import { openTestBed, type TestBed, type TestServer } from '../../support/store.ts'

/**
 * One database for a suite. Before each test nothing is ready and nothing is due, so that claims find its own; with
 * `keepRows` everything stays as the test before left it.
 */
export function useBed(
  server: TestServer,
  options: { keepRows?: boolean; clock?: TestClock } = {},
): () => TestBed {
  let bed: TestBed | undefined
  const current = () => {
    if (!bed) throw new Error('the bed is not open yet')
    return bed
  }
  beforeAll(async () => {
    bed = await openTestBed(server, options.clock ? { now: options.clock.now } : {})
    await options.clock?.join(bed)
  })
  beforeEach(async () => {
    if (options.keepRows) return
    await current().admin`delete from loom.ready_tasks`
    await current().admin`delete from loom.due_deliveries`
  })
  afterAll(() => bed?.close())
  return current
}

/** A fresh tenant with the store of a role that acts for it. */
export interface Tenant extends Account {
  store: Store
  context: TenantContext
}

export async function openTenant(bed: TestBed): Promise<Tenant> {
  const account = await bed.account()
  const actor: Actor = { kind: 'person', identityId: account.identityId }
  return { ...account, store: bed.store(), context: { tenantId: account.tenantId, actor } }
}

export function systemOf(tenant: Tenant): TenantContext {
  return { tenantId: tenant.tenantId, actor: { kind: 'system' } }
}

export function sealerOf(tenant: Tenant) {
  return tenant.store.vault.sealer(tenant.tenantId, 'content')
}

/** The first row, for questions that always have one. */
export function only<T>(rows: readonly T[]): T {
  const [row] = rows
  if (row === undefined) throw new Error('no row where one was expected')
  return row
}
