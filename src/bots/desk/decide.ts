import { LoomError, toLoomError } from '../../core/errors.ts'
import type { Role } from '../../core/words.ts'
import { changeIdentity } from '../../storage/identities/change.ts'
import { isAdmin } from '../../storage/identities/is-admin.ts'
import { type JobLook, lookAtJob } from '../../storage/jobs/look.ts'
import { type Acting, contextOf, type Desk, noSuchJob, type Standing } from './desk.ts'
import { isSeenHere } from './here.ts'

/**
 * The job that a press names, if it may be touched from where it was pressed: a thread or channel in which it is seen. Elsewhere only
 * whoever may decide for it finds it, since a client can send any value from anywhere. Throws `not_found`.
 */
export async function findForReading(desk: Desk, acting: Acting, jobId: string): Promise<JobLook> {
  const look = await lookAtJob(desk.store, contextOf(acting), { jobId })
  if (!look || !(look.mayDecide || isSeenHere(acting, look))) throw noSuchJob()
  return look
}

/** The same for somebody of the workspace: strangers read along and press nothing. Throws `not_found`, `forbidden`. */
export async function findForPressing(
  desk: Desk,
  acting: Acting,
  jobId: string,
): Promise<JobLook & { name?: string | undefined }> {
  const look = await findForReading(desk, acting, jobId)
  const standing = await settleStanding(desk, acting)
  return { ...look, name: standing?.name }
}

/** The same for who asked for the job or stands above. Throws `not_found`, `forbidden`. */
export async function findForDeciding(desk: Desk, acting: Acting, jobId: string): Promise<JobLook> {
  await findForReading(desk, acting, jobId)
  await settleStanding(desk, acting, { anew: true })
  // What the platform just said of the person may have changed what they may do.
  const look = await lookAtJob(desk.store, contextOf(acting), { jobId })
  if (!look) throw noSuchJob()
  if (look.mayDecide) return look
  throw new LoomError({
    kind: 'forbidden',
    message: 'Only the person who asked for this, an admin or an owner can decide it.',
  })
}

/** Throws `forbidden` for everybody but admins and owners. */
export async function mustBeAdmin(desk: Desk, acting: Acting): Promise<void> {
  if (await mayAdminister(desk, acting, { anew: true })) return
  throw new LoomError({ kind: 'forbidden', message: 'Only an admin or an owner can change this.' })
}

/** Whether it is an admin or an owner: by what the platform says, and `anew` where something hangs on it. */
export async function mayAdminister(desk: Desk, acting: Acting, how = { anew: false }): Promise<boolean> {
  const standing = await settleStanding(desk, acting, how)
  return !standing?.stranger && (await isAdmin(desk.store, contextOf(acting)))
}

/** Throws `forbidden` for people of other organisations. */
export async function settleStanding(
  desk: Desk,
  acting: Acting,
  how = { anew: false },
): Promise<Standing | undefined> {
  const standing = await askStanding(desk, acting, how)
  if (!standing) return undefined
  if (standing.stranger) {
    throw new LoomError({
      kind: 'forbidden',
      message: 'People of other organisations can read along here. Deciding is up to the people of this one.',
    })
  }
  const { name } = standing
  const role = roleOf(acting.role, standing)
  await changeIdentity(desk.store, contextOf(acting), {
    identityId: acting.account.identityId,
    ...(name === undefined ? {} : { name }),
    ...(role === undefined ? {} : { role }),
  })
  return standing
}

/** Whoever installed Loom stays the owner; the platform's admins come and go. */
function roleOf(role: Role, { admin }: Standing): Role | undefined {
  if (role === 'owner') return undefined
  if (admin) return 'admin'
  return role === 'admin' ? 'member' : undefined
}

/** A platform that does not answer leaves people what they were when it was last asked. */
async function askStanding(
  desk: Desk,
  acting: Acting,
  how: { anew: boolean },
): Promise<Standing | undefined> {
  try {
    return await acting.standing?.(how)
  } catch (thrown) {
    const { detail, kind } = toLoomError(thrown)
    const { identityId, tenantId } = acting.account
    desk.log.warn({ tenantId, identityId, kind, detail }, 'the platform did not say who presses')
    return undefined
  }
}
