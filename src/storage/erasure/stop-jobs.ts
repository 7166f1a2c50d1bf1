import { LoomError } from '../../core/errors.ts'
import { endedStates } from '../../core/job-states.ts'
import type { Sealer } from '../../core/ports.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'
import { endJob } from '../jobs/end.ts'

const atOnce = 20

/**
 * Stops every job that runs in an account that is fenced, and says so in its threads. Does nothing in one that is not:
 * the fence may have been undone meanwhile. An account without keys has nobody left to tell, and its jobs go with it.
 */
export async function stopLiveJobs(
  store: Store,
  context: TenantContext,
  input: { words: string },
): Promise<number> {
  const { tenantId } = context
  const sealer = await sealerOf(store, tenantId)
  if (!sealer) return 0
  let stopped = 0
  for (;;) {
    const live = await inTenant(
      store,
      tenantId,
      ({ sql }) => sql<{ id: string }[]>`
        select j.id from loom.jobs j join loom.tenants t on t.tenant_id = j.tenant_id
        where t.state = 'fenced' and j.state <> all(${endedStates as unknown as string[]}::text[])
        order by j.id limit ${atOnce}`,
    )
    for (const { id } of live) {
      const ended = { jobId: id, state: 'cancelled', answer: input.words } as const
      if (await inTenant(store, tenantId, (tx) => endJob({ store, tx, sealer }, context, ended))) stopped += 1
    }
    if (live.length < atOnce) return stopped
  }
}

/** `undefined` for an account whose keys are destroyed. */
export async function sealerOf(store: Store, tenantId: string): Promise<Sealer | undefined> {
  return store.vault.sealer(tenantId, 'content').catch((thrown: unknown) => {
    if (thrown instanceof LoomError && thrown.kind === 'not_found') return undefined
    throw thrown
  })
}
