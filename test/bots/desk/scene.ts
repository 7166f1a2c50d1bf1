import { randomUUID } from 'node:crypto'
import type { Acting, Standing } from '../../../src/bots/desk/desk.ts'
import type { Mention } from '../../../src/core/brief.ts'
import { parseThreadId } from '../../../src/core/thread-id.ts'
import type { Lane, Role } from '../../../src/core/words.ts'
import { askApproval } from '../../../src/storage/approvals/ask.ts'
import { openApprovals } from '../../../src/storage/approvals/load.ts'
import { changeIdentity } from '../../../src/storage/identities/change.ts'
import { ensurePerson } from '../../../src/storage/identities/ensure.ts'
import { askQuestion } from '../../../src/storage/questions/ask.ts'
import { openQuestions } from '../../../src/storage/questions/load.ts'
import { commitSteps } from '../../../src/storage/steps/commit.ts'
import { only, systemOf, type Tenant } from '../../storage/support/bed.ts'
import { commitOf, done, fileOf, stepOf, workingTask } from '../../storage/support/jobs.ts'
import { silentLog, type TestBed } from '../../support/store.ts'

/** A desk over a tenant's store that notes for whom it rang. */
export function openDesk(tenant: Tenant) {
  const rung: Lane[] = []
  return { store: tenant.store, log: silentLog, ring: (lane: Lane) => void rung.push(lane), rung }
}

/** Somebody of the tenant, who acts from nowhere until a test says from where. */
export async function actor(
  tenant: Tenant,
  input: { role?: Role; standing?: Partial<Standing> } = {},
): Promise<Acting> {
  const person = { platform: 'local', externalId: randomUUID() } as const
  const { identityId } = await ensurePerson(tenant.store, systemOf(tenant), person)
  const { role = 'member', standing } = input
  await changeIdentity(tenant.store, systemOf(tenant), { identityId, role })
  const said = { admin: false, stranger: false, ...standing }
  const account = { ...tenant, identityId }
  return { account, role, ...(standing ? { standing: async () => said } : {}) }
}

/** The tenant as one of its people sees it: what they ask for is theirs. */
export function as(tenant: Tenant, { account }: Acting): Tenant {
  const actor = { kind: 'person', identityId: account.identityId } as const
  return { ...tenant, identityId: account.identityId, context: { tenantId: tenant.tenantId, actor } }
}

/** A job with one agent at work, which has spent something and can ask. */
export async function openRunning(bed: TestBed, asker: Tenant, mention: Partial<Mention> = {}) {
  const holder = randomUUID()
  const job = await workingTask(bed, asker, { holder, graph: { a: [], b: [] }, mention })
  const step = stepOf({ state: 'replied', costMicroUsd: 420_000 })
  const commit = (part: Parameters<typeof commitOf>[2]) =>
    commitSteps(asker.store, systemOf(asker), { holder, commits: [commitOf(job.held, job.keys, part)] })
  await commit({ wantMicroUsd: 500_000, leastMicroUsd: 1 })
  await commit({ step, releaseMicroUsd: 500_000, files: [fileOf('final/report.md')] })
  const call = { task: job.held, holder, stepId: step.id, callId: 'call' }
  const { jobId } = job
  return {
    ...job,
    channel: channelOf(job.thread),
    /** Its agent hands over what it has found. */
    handsOver: async (result: string) => void (await commit(done(result))),
    ask: async (choices: string[] = ['this', 'that']) => {
      const question = { text: 'Which plan?', choices }
      await askQuestion(asker.store, systemOf(asker), { ...call, question })
      return only(await openQuestions(asker.store, asker.context, { jobId })).questionId
    },
    need: async () => {
      const request = { tool: 'drop', input: {}, request: 'Delete the sheet.' }
      await askApproval(asker.store, systemOf(asker), { ...call, request })
      return only(await openApprovals(asker.store, asker.context, { jobId })).approvalId
    },
  }
}

function channelOf(thread: string): string {
  const { channel, platform } = parseThreadId(thread)
  return `${platform}:${channel}`
}
