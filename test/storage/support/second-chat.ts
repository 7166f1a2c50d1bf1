import { randomBytes, randomUUID } from 'node:crypto'
import { type ThreadId, threadId } from '../../../src/core/thread-id.ts'
import { ensurePerson } from '../../../src/storage/identities/ensure.ts'
import { saveInstallation } from '../../../src/storage/installations/save.ts'
import type { TestBed } from '../../support/store.ts'
import { sealerOf, systemOf, type Tenant } from './bed.ts'

/** Somebody of the tenant, with the platform's id of them. */
type Person = Tenant & { externalId: string }

/** Another chat of the tenant: a workspace of Slack, as one of its people. */
export async function secondChat(tenant: Tenant): Promise<Person> {
  const account = await saveInstallation(tenant.store, {
    ...{ platform: 'slack', kind: 'team', externalId: `T${randomBytes(6).toString('hex')}` },
    tokens: { botToken: 'xoxb-1', botUserId: 'U0', appId: 'A0' },
    scopes: [],
    installer: { externalId: 'U0', name: 'Loom' },
    tenantId: tenant.tenantId,
  })
  return asPerson({ ...tenant, installationId: account.installationId }, 'slack')
}

/** The same chat, as somebody of a platform whom nobody has seen yet. */
export async function asPerson(tenant: Tenant, platform: 'slack' | 'local' = 'local'): Promise<Person> {
  const person = { platform, externalId: randomUUID() }
  const { identityId } = await ensurePerson(tenant.store, systemOf(tenant), person)
  const actor = { kind: 'person', identityId } as const
  const { externalId } = person
  return { ...tenant, identityId, externalId, context: { tenantId: tenant.tenantId, actor } }
}

export function freshThread(): ThreadId {
  return threadId(
    'slack',
    'C0WATCH',
    `1700000000.${String(Math.floor(Math.random() * 1e6)).padStart(6, '0')}`,
  )
}

/** What is on its way to a thread, or stands there: `card`, `question`, … with its state, and the words of notices. */
export async function sentTo(bed: TestBed, tenant: Tenant, thread: ThreadId): Promise<string[]> {
  const sealer = await sealerOf(tenant)
  const rows = await bed.admin`
    select d.id, d.kind, d.state, d.body_sealed, u.delivery_id is not null as due
    from loom.deliveries d join loom.threads t on t.id = d.thread_id
    left join loom.due_deliveries u on u.delivery_id = d.id
    where t.address = ${thread} and d.tenant_id = ${tenant.tenantId} and d.job_id is not null order by d.id`
  return rows.map((row) => {
    const words = row.body_sealed ? sealer.openText(`deliveries.body:${row.id}`, row.body_sealed) : ''
    return [row.kind, row.state, ...(row.due ? ['due'] : []), words].filter(Boolean).join(' ')
  })
}
