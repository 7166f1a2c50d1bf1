import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { receiveMention } from '../../src/bots/inbox.ts'
import { LoomError, toLoomError } from '../../src/core/errors.ts'
import type { Log } from '../../src/core/ports.ts'
import { threadId } from '../../src/core/thread-id.ts'
import type { Parts } from '../../src/roles/parts.ts'
import type { Store } from '../../src/storage/database.ts'
import { type Account, openAccount } from '../../src/storage/tenants/create.ts'
import { briefText } from './model/decide.ts'
import { type PlannedBrief, type TenantName, tenantNames } from './schedule.ts'

const patienceMs = 10_000

/** A brief that Loom said it has taken. */
export interface AcceptedBrief extends PlannedBrief {
  jobId: string
  tenantId: string
  thread: string
}

/** An account for each tenant, both on the same platform and in a channel of the same name. */
export async function openAccounts(store: Store): Promise<ReadonlyMap<TenantName, Account>> {
  const installer = { externalId: 'owner', name: 'Owner' }
  const accounts = new Map<TenantName, Account>()
  for (const name of tenantNames) {
    accounts.set(
      name,
      await openAccount(store, { platform: 'local', kind: 'local', externalId: name, installer }),
    )
  }
  return accounts
}

/**
 * Sends a brief as a platform does: again until Loom has taken it, and for some of them twice at once. Throws when it
 * was refused, or not taken within a minute.
 */
export async function sendBrief(
  deps: { store: Store; ring: Parts['ring']; log: Log; folder: string },
  input: { account: Account; brief: PlannedBrief },
): Promise<AcceptedBrief> {
  const { account, brief } = input
  const thread = threadId('local', 'chaos', brief.mark)
  const source = path.join(deps.folder, `${brief.mark}.txt`)
  if (brief.hasFile) await writeFile(source, `What came with ${brief.mark}.\n`, { mode: 0o600 })
  const mention = {
    thread,
    key: `${thread}:first`,
    author: { externalId: 'owner', name: 'Owner' },
    text: briefText(brief),
    files: brief.hasFile ? [{ name: 'given.txt', source: `local:${source}` }] : [],
    saidAtMs: Date.now(),
  }
  const untilMs = performance.now() + 60_000
  for (;;) {
    const sendings = Array.from({ length: brief.twice ? 2 : 1 }, () =>
      soon(receiveMention(deps, { account, mention })),
    )
    const taken = await Promise.allSettled(sendings)
    const jobId = taken.flatMap((one) => (one.status === 'fulfilled' && one.value.jobId) || []).at(0)
    if (jobId !== undefined) return { ...brief, jobId, tenantId: account.tenantId, thread }
    const refusal = taken.find((one) => one.status === 'rejected')
    const error = toLoomError(refusal?.reason)
    if (!error.retryable || performance.now() > untilMs) throw error
    await sleep(250)
  }
}

/** The platform's own patience: a mention that is not confirmed in time is sent again. */
async function soon<T>(work: Promise<T>): Promise<T> {
  const late = new AbortController()
  const bound = sleep(patienceMs, undefined, { signal: late.signal }).then(() => {
    throw new LoomError({ kind: 'unavailable', message: 'Loom did not take the brief in time.' })
  })
  // When the work is there first, the wait ends with an abort that nobody needs to hear of.
  bound.catch(() => undefined)
  try {
    return await Promise.race([work, bound])
  } finally {
    late.abort()
  }
}
