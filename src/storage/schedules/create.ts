import { LoomError } from '../../core/errors.ts'
import { limits } from '../../core/limits.ts'
import type { Sealer } from '../../core/ports.ts'
import { parseRule, parseTimeZone } from '../../core/schedule.ts'
import { parseThreadId, type ThreadId } from '../../core/thread-id.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { mustBeOpen } from '../erasure/open-account.ts'
import { schedules, threads } from '../schema/index.ts'
import { setTimer } from '../timers.ts'
import { nextRun } from './next-run.ts'

/** How many schedules an account has at most, paused ones too. */
export const mostSchedules = 50

export interface NewSchedule {
  installationId: string
  /** Where the answers go; a thread that is not known yet becomes one. */
  thread: ThreadId
  prompt: string
  /** As `parseRule` understands it. */
  words: string
  timeZone: string
  /** Of each run; the account's own cap of a job when it is missing. */
  capMicroUsd?: number
}

export interface CreatedSchedule {
  scheduleId: string
  rule: string
  timeZone: string
  nextAtMs: number
}

/**
 * Keeps a brief that recurs, with the timer of its first run. Each call makes another one. Throws `invalid_input` for
 * words, a zone or a prompt that cannot be used and for one schedule too many, `too_large` for a prompt over the limit.
 */
export async function createSchedule(
  store: Store,
  context: TenantContext,
  input: NewSchedule,
): Promise<CreatedSchedule> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, (tx) => insertSchedule({ store, tx, sealer }, context, input))
}

/** The same inside a transaction, which the caller makes sure to run once for each wish. */
export async function insertSchedule(
  deps: { store: Store; tx: Tx; sealer: Sealer },
  context: TenantContext,
  input: NewSchedule,
): Promise<CreatedSchedule> {
  const { sealer, store, tx } = deps
  checkPrompt(input.prompt)
  const rule = parseRule(input.words)
  const timeZone = parseTimeZone(input.timeZone)
  const nextAtMs = nextRun(rule, timeZone, store.now())
  const scheduleId = store.newId()
  const { actor, tenantId } = context
  await mustBeOpen(tx)
  const jobCapMicroUsd = await lockAccount(tx)
  const threadId = await ensureThread(store, tx, { ...input, tenantId })
  await tx.db.insert(schedules).values({
    tenantId,
    id: scheduleId,
    threadId,
    createdBy: actor.kind === 'person' ? actor.identityId : null,
    promptSealed: sealer.seal(`schedules.prompt:${scheduleId}`, input.prompt),
    rule,
    timeZone,
    capMicroUsd: input.capMicroUsd ?? jobCapMicroUsd,
    nextAt: new Date(nextAtMs),
    createdAt: new Date(store.now()),
  })
  await setTimer(tx, context, { kind: 'schedule', subjectId: scheduleId, dueAtMs: nextAtMs })
  const subject = { subjectKind: 'schedule', subjectId: scheduleId }
  await audit({ store, tx, sealer }, context, { action: 'schedule.create', ...subject })
  return { scheduleId, rule, timeZone, nextAtMs }
}

function checkPrompt(prompt: string): void {
  if (prompt.trim() === '') {
    throw new LoomError({
      kind: 'invalid_input',
      message: 'The brief is empty. Say in a sentence what you want each time.',
    })
  }
  if (Buffer.byteLength(prompt) > limits.promptBytes) {
    throw new LoomError({
      kind: 'too_large',
      message: `The brief is too long: at most ${limits.promptBytes.toLocaleString('en-US')} bytes are taken.`,
    })
  }
}

/** Locks the account's row, so that schedules are counted one by one. Answers the cap of its jobs. */
async function lockAccount({ sql }: Tx): Promise<number> {
  const [account] = await sql<{ job_cap: string }[]>`
    select job_cap_micro_usd as job_cap from loom.tenants for no key update`
  const [counted] = await sql<{ many: number }[]>`select count(*)::int as many from loom.schedules`
  if ((counted?.many ?? 0) >= mostSchedules) {
    throw new LoomError({
      kind: 'invalid_input',
      message: `There are ${mostSchedules} recurring briefs already, as many as an account can have. Delete one first.`,
    })
  }
  return Number(account?.job_cap ?? 0)
}

async function ensureThread(
  store: Store,
  tx: Tx,
  input: { tenantId: string; installationId: string; thread: ThreadId },
): Promise<string> {
  const { installationId, tenantId, thread: address } = input
  const id = store.newId()
  const { platform } = parseThreadId(address)
  await tx.db
    .insert(threads)
    .values({ tenantId, id, installationId, platform, address })
    .onConflictDoNothing()
  const [row] = await tx.sql<{ id: string }[]>`select id from loom.threads where address = ${address}`
  return row?.id ?? id
}
