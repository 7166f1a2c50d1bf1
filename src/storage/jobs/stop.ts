import { inTenant, type Store, type TenantContext } from '../database.ts'
import { endJob, type JobEnd } from './end.ts'

/**
 * Ends a job from outside its agents: stopped by a person, or given up. Nothing its agents do afterwards is kept.
 * Answers `false` when it had ended already.
 */
export async function stopJob(store: Store, context: TenantContext, input: JobEnd): Promise<boolean> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, (tx) => endJob({ store, tx, sealer }, context, input))
}
