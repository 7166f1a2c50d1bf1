import { toLoomError } from '../../core/errors.ts'
import type { Processor } from '../../core/ports.ts'
import { inTenant, type Store, type TenantContext } from '../../storage/database.ts'
import { addCounts, type Tombstone } from '../../storage/erasure/tombstones.ts'

/**
 * Tells everybody outside who holds something of an account that it goes. What came of it stands in the receipt: `told`,
 * `nothing`, or `failed` with whoever could not be told until `untilMs`, since keys wait for nobody.
 * Answers whether all is settled.
 */
export async function tellProcessors(
  deps: { store: Store; processors: readonly Processor[] },
  context: TenantContext,
  input: { tombstone: Tombstone; untilMs: number },
): Promise<boolean> {
  const { processors, store } = deps
  const { counts, tombstoneId } = input.tombstone
  const { tenantId } = context
  const isLast = store.now() >= input.untilMs
  let settled = true
  for (const processor of processors) {
    const name = `processor_${processor.name}`
    if (counts[name] !== undefined) continue
    const outcome = await tell(store, processor, { tenantId, isLast })
    if (outcome === 'later') settled = false
    else await inTenant(store, tenantId, (tx) => addCounts(tx, { tombstoneId, counts: { [name]: outcome } }))
  }
  return settled
}

async function tell(
  store: Store,
  processor: Processor,
  { isLast, tenantId }: { tenantId: string; isLast: boolean },
): Promise<'told' | 'nothing' | 'failed' | 'later'> {
  try {
    return await processor.forgetTenant({ tenantId })
  } catch (thrown) {
    const { detail, kind, retryable } = toLoomError(thrown)
    store.log.warn({ tenantId, processor: processor.name, kind, detail }, 'a processor was not told')
    return retryable && !isLast ? 'later' : 'failed'
  }
}
