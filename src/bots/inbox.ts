import type { Mention } from '../core/brief.ts'
import type { Log } from '../core/ports.ts'
import type { Lane } from '../core/words.ts'
import { type Accepted, acceptMention } from '../storage/briefs/accept.ts'
import type { Store } from '../storage/database.ts'
import type { Account } from '../storage/tenants/create.ts'

/**
 * Takes a verified mention for an account and rings for its first task. Returns as soon as it is durable. The same
 * mention twice is one job. Throws `invalid_input` and `too_large` with the sentence for the person.
 */
export async function receiveMention(
  deps: { store: Store; ring: (lane: Lane) => void; log: Log },
  input: { account: Account; mention: Mention },
): Promise<Accepted> {
  const { account, mention } = input
  const accepted = await acceptMention(
    deps.store,
    { tenantId: account.tenantId, actor: { kind: 'person', identityId: account.identityId } },
    { mention, installationId: account.installationId, identityId: account.identityId },
  )
  const ids = { tenantId: account.tenantId, jobId: accepted.jobId }
  deps.log.info({ ...ids, files: mention.files.length, outcome: accepted.kind }, 'mention received')
  if (accepted.kind === 'job') deps.ring(accepted.first)
  if (accepted.kind === 'answered') deps.ring('worker')
  return accepted
}
