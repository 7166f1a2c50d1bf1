import { randomUUID } from 'node:crypto'
import { threadId } from '../../../src/core/thread-id.ts'
import { starArtifact } from '../../../src/storage/artifacts/change.ts'
import type { BudgetKey } from '../../../src/storage/budgets/keys.ts'
import { askForExport } from '../../../src/storage/exports/ask.ts'
import { setProviderKey, setTier } from '../../../src/storage/models/change.ts'
import { listHolders } from '../../../src/storage/notices/list.ts'
import { openRequest } from '../../../src/storage/requests/open.ts'
import { createSchedule } from '../../../src/storage/schedules/create.ts'
import { crossingTables } from '../../../src/storage/schema/index.ts'
import { commitSteps } from '../../../src/storage/steps/commit.ts'
import type { HeldTask } from '../../../src/storage/tasks/held.ts'
import type { TestBed } from '../../support/store.ts'
import { only, openTenant, sealerOf, systemOf, type Tenant } from './bed.ts'
import { claim, commitOf, done, fileOf, openJob, planJob, stepOf, workingTask } from './jobs.ts'

/** Words that this tenant's people, files and agents used: they may stand nowhere in the open. */
export const secrets = [
  'Marzipan',
  'prompt-words',
  'ledger.csv',
  'final/verdict.md',
  'the-found-result',
  'the-activity',
]

/** A tenant with rows in every table, and every id, hash and name by which one could ask for them. */
export interface Victim extends Tenant {
  holder: string
  /** A task in the hands of `holder`, under its true fence. */
  held: HeldTask
  /** The gathering task, in the hands of `holder` too. */
  gathering: HeldTask
  keys: readonly BudgetKey[]
  jobIds: string[]
  taskIds: string[]
  briefIds: string[]
  threadIds: string[]
  messageIds: string[]
  attachmentIds: string[]
  artifactIds: string[]
  deliveryIds: string[]
  scheduleIds: string[]
  questionIds: string[]
  approvalIds: string[]
  /** Of what is to go; an erasure of it is due. */
  tombstoneIds: string[]
  /** One that waits to be made and one that opens. */
  exportIds: string[]
  noticeIds: string[]
  requestIds: string[]
  /** The step that asked. */
  stepId: string
  digests: Buffer[]
  threadHashes: Buffer[]
  sha256s: string[]
  address: string
  mentionKey: string
}

export async function openVictim(bed: TestBed): Promise<Victim> {
  const tenant = await openTenant(bed)
  const holder = randomUUID()
  const files = [{ name: 'ledger.csv', source: '/home/marzipan/ledger.csv' }]
  const mentionKey = 'the-mention'
  const gather = await openJob(bed, tenant, { text: 'prompt-words of Marzipan', files, key: mentionKey })
  const running = await workingTask(bed, tenant, { holder, mention: { text: 'more prompt-words' } })
  const step = stepOf({ activity: 'the-activity', costMicroUsd: 300 })
  await commitSteps(tenant.store, systemOf(tenant), {
    holder,
    commits: [
      commitOf(running.held, running.keys, {
        step,
        files: [fileOf('final/verdict.md')],
        wantMicroUsd: 500,
        leastMicroUsd: 1,
      }),
    ],
  })
  const answered = await planJob(bed, tenant, { graph: { only: [] } })
  const last = only((await claim(tenant, { holder })).filter((task) => task.jobId === answered.jobId))
  await commitSteps(tenant.store, systemOf(tenant), {
    holder,
    commits: [commitOf(last, answered.keys, { answers: true, ...done('the-found-result') })],
  })
  const gathering = only(
    (await claim(tenant, { holder, lane: 'bot' })).filter((t) => t.jobId === gather.jobId),
  )
  const artifact = only(await bed.admin`select id from loom.artifacts where tenant_id = ${tenant.tenantId}`)
  await starArtifact(tenant.store, tenant.context, { artifactId: artifact.id })
  await fillTheRest(bed, tenant, { jobId: running.jobId, taskId: running.held.taskId, stepId: step.id })
  return {
    ...tenant,
    holder,
    held: running.held,
    gathering,
    keys: running.keys,
    stepId: step.id,
    mentionKey,
    address: gather.thread,
    ...(await loot(bed, tenant)),
  }
}

/** Rows of the tables that no verb writes yet. */
async function fillTheRest(
  bed: TestBed,
  tenant: Tenant,
  at: { jobId: string; taskId: string; stepId: string },
): Promise<void> {
  const { admin } = bed
  const sealer = await sealerOf(tenant)
  const { identityId, tenantId } = tenant
  const { jobId, stepId, taskId } = at
  const sealed = (label: string) => sealer.seal(label, 'Marzipan')
  const message = only(
    await admin`select id, thread_id from loom.messages where tenant_id = ${tenantId} limit 1`,
  )
  const chat = await tenant.store.vault.sealer(tenantId, 'chat')
  const tokens = JSON.stringify({ botToken: 'xoxb-Marzipan', botUserId: 'U1', appId: 'A1' })
  await admin`
    update loom.installations set tokens_sealed = ${chat.seal(`installations.tokens:${tenant.installationId}`, tokens)}
    where id = ${tenant.installationId}`
  await setTier(tenant.store, tenant.context, { tier: 'quick', names: ['anthropic/claude-opus-5-5'] })
  await setProviderKey(tenant.store, tenant.context, { provider: 'anthropic', key: 'sk-Marzipan' })
  await admin`insert into loom.members (tenant_id, id, role, email_sealed) values (${tenantId}, ${randomUUID()}, 'owner', ${sealed('members')})`
  await admin`insert into loom.step_messages (tenant_id, step_id, message_id) values (${tenantId}, ${stepId}, ${message.id})`
  await admin`
    insert into loom.approvals (tenant_id, id, job_id, task_id, step_id, call_id, tool, arguments_hash, arguments_sealed, expires_at)
    values (${tenantId}, ${randomUUID()}, ${jobId}, ${taskId}, ${stepId}, 'call', 'tool', ${sealed('h')}, ${sealed('a')}, now())`
  await admin`
    insert into loom.questions (tenant_id, id, job_id, task_id, step_id, call_id, body_sealed)
    values (${tenantId}, ${randomUUID()}, ${jobId}, ${taskId}, ${stepId}, 'call', ${sealed('questions')})`
  await createSchedule(tenant.store, tenant.context, {
    installationId: tenant.installationId,
    thread: threadId('local', 'terminal', 'of-the-victim'),
    prompt: 'Marzipan',
    words: 'every monday at 9',
    timeZone: 'UTC',
  })
  await admin`insert into loom.feedback (tenant_id, id, job_id, identity_id, value) values (${tenantId}, ${randomUUID()}, ${jobId}, ${identityId}, 1)`
  await admin`insert into loom.taints (tenant_id, id, job_id, source, subject_id) values (${tenantId}, ${randomUUID()}, ${jobId}, 'web', ${stepId})`
  await askForExport(tenant.store, tenant.context, { form: 'tenant', address: undefined })
  await admin`
    insert into loom.exports (tenant_id, id, form, identity_id, state, made_at)
    values (${tenantId}, ${randomUUID()}, 'person', ${identityId}, 'made', now())`
  await openRequest(tenant.store, systemOf(tenant), {
    kind: 'access',
    contact: 'Marzipan@example.com',
    identityId,
    receivedAtMs: Date.now(),
  })
  await listHolders(tenant.store, systemOf(tenant), { version: 2 })
  const tombstoneId = randomUUID()
  await admin`
    insert into loom.tombstones (tenant_id, id, subject_kind, subject_id, reason, requested_at)
    values (${tenantId}, ${tombstoneId}, 'brief', ${jobId}, 'asked', now())`
  await admin`
    insert into loom.timers (tenant_id, kind, subject_id, due_at)
    values (${tenantId}, 'erasure', ${tombstoneId}, now() + interval '30 days')`
}

async function loot(bed: TestBed, tenant: Tenant) {
  const list = async <T = string>(table: string, column: string): Promise<T[]> => {
    const rows = await bed.admin`
      select ${bed.admin(column)} as value from loom.${bed.admin(table)} where tenant_id = ${tenant.tenantId}`
    return rows.map((row) => row.value as T)
  }
  return {
    jobIds: await list('jobs', 'id'),
    taskIds: await list('tasks', 'id'),
    briefIds: await list('briefs', 'id'),
    threadIds: await list('threads', 'id'),
    messageIds: await list('messages', 'id'),
    attachmentIds: await list('attachments', 'id'),
    artifactIds: await list('artifacts', 'id'),
    deliveryIds: await list('deliveries', 'id'),
    scheduleIds: await list('schedules', 'id'),
    questionIds: await list('questions', 'id'),
    approvalIds: await list('approvals', 'id'),
    exportIds: await list('exports', 'id'),
    noticeIds: await list('notices', 'id'),
    requestIds: await list('requests', 'id'),
    tombstoneIds: await list('tombstones', 'id'),
    digests: await list<Buffer>('briefs', 'digest'),
    threadHashes: await list<Buffer>('due_deliveries', 'thread_hash'),
    sha256s: await list('blobs', 'sha256'),
  }
}

/** Every row of one tenant in every table, to the byte, in an order of their own. */
export async function snapshot(bed: TestBed, tenantId: string): Promise<Record<string, string[]>> {
  const tables = await allTables(bed)
  // One statement: this is asked after every attack.
  const each = tables.map(
    (table) =>
      `select '${table}' as name, to_jsonb(t)::text as row from loom.${table} t where tenant_id = $1`,
  )
  const rows = await bed.admin.unsafe(`${each.join(' union all ')} order by 1, 2`, [tenantId], {
    prepare: true,
  })
  const shot: Record<string, string[]> = Object.fromEntries(tables.map((table) => [table, []]))
  for (const { name, row } of rows) shot[name]?.push(row)
  return shot
}

export async function allTables(bed: TestBed): Promise<string[]> {
  const rows = await bed.admin`select tablename from pg_tables where schemaname = 'loom' order by 1`
  return rows.map((row) => String(row.tablename))
}

export async function tenantTables(bed: TestBed): Promise<string[]> {
  const crossing: readonly string[] = crossingTables
  return (await allTables(bed)).filter((name) => !crossing.includes(name))
}
