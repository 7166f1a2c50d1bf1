import { LoomError } from '../../core/errors.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { lockJobs } from '../jobs/lock.ts'
import { isAskerOrAdmin } from '../jobs/may-decide.ts'
import { type SettledApproval, settleApproval } from './settle.ts'

export type Pressed =
  | { kind: 'approved' | 'denied' }
  /** It was too late: the time had run out, now or before. */
  | { kind: 'expired' }
  /** Somebody was first; or the job has ended. */
  | { kind: 'settled'; state: 'approved' | 'denied' | 'withdrawn' }

interface Row extends SettledApproval {
  state: 'open' | 'approved' | 'denied' | 'expired' | 'withdrawn'
  requestedOf: string | null
  expires: number
}

/**
 * Approves or denies what a job waits for. Only who asked for the brief, on whichever platform, and the account's owners
 * and admins may. Of two that press at once the first counts, and the other is told. Answers `undefined` when there is
 * no such approval. Throws `forbidden`.
 */
export async function pressApproval(
  store: Store,
  context: TenantContext,
  input: { approvalId: string; press: 'approved' | 'denied' },
): Promise<Pressed | undefined> {
  const { approvalId, press } = input
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const deps = { store, tx, sealer }
    const approval = await lockApproval(tx, { approvalId })
    if (!approval) return undefined
    const { requestedOf: askedBy } = approval
    if (!(await isAskerOrAdmin(tx, context, { askedBy }))) throw notYours()
    const { expires, state } = approval
    if (state === 'expired') return { kind: 'expired' }
    if (state !== 'open') return { kind: 'settled', state }
    if (expires <= store.now()) {
      await settleApproval(deps, { ...context, actor: { kind: 'system' } }, { approval, state: 'expired' })
      return { kind: 'expired' }
    }
    await settleApproval(deps, context, { approval, state: press })
    return { kind: press }
  })
}

/** Ends an open approval whose time has run out. Answers its job when this call ended it. */
export async function expireApproval(
  store: Store,
  context: TenantContext,
  input: { approvalId: string },
): Promise<string | undefined> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const approval = await lockApproval(tx, input)
    if (approval?.state !== 'open' || approval.expires > store.now()) return undefined
    await settleApproval({ store, tx, sealer }, context, { approval, state: 'expired' })
    return approval.jobId
  })
}

/** The approval, read once its job is locked: what it says then is what it stays. */
async function lockApproval(tx: Tx, input: { approvalId: string }): Promise<Row | undefined> {
  const { approvalId } = input
  const [at] = await tx.sql<{ job_id: string }[]>`select job_id from loom.approvals where id = ${approvalId}`
  if (!at) return undefined
  await lockJobs(tx, [at.job_id])
  const [row] = await tx.sql<Row[]>`
    select id, job_id as "jobId", task_id as "taskId", tool, state, requested_of as "requestedOf",
           extract(epoch from expires_at)::float8 * 1000 as expires
    from loom.approvals where id = ${approvalId}`
  return row
}

function notYours(): LoomError {
  return new LoomError({
    kind: 'forbidden',
    message: 'Only the person who asked for this, an admin or an owner can decide it.',
  })
}
