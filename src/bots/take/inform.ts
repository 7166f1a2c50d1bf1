import { formatUsd } from '../../core/format.ts'
import type { ThreadId } from '../../core/thread-id.ts'
import type { Store, TenantContext } from '../../storage/database.ts'
import { sayInThread } from '../../storage/deliveries/say.ts'
import { claimInforming } from '../../storage/installations/change.ts'
import { viewJob } from '../../storage/jobs/view.ts'
import { usageReport } from '../../storage/usage/report.ts'
import type { TakePlace, TakeWords } from './came.ts'

/**
 * Tells the first thread of a workspace how data is used and what the caps are: once, whoever comes first. Costs
 * nothing once the place is known to be told.
 */
export async function informOnce(
  deps: { store: Store; words: Pick<TakeWords, 'whole'> },
  context: TenantContext,
  input: { place: TakePlace; thread: ThreadId; jobId: string },
): Promise<void> {
  const { jobId, place, thread } = input
  if (place.settings.informedAtMs !== undefined) return
  const { installationId } = place
  if (!(await claimInforming(deps.store, context, { installationId }))) return
  const [view, usage] = await Promise.all([
    viewJob(deps.store, context, { jobId }),
    usageReport(deps.store, context),
  ])
  const text = informing({
    whole: deps.words.whole,
    jobCapMicroUsd: view?.card.capMicroUsd ?? 0,
    monthCapMicroUsd: usage.monthCapMicroUsd,
  })
  await sayInThread(deps.store, context, {
    installationId,
    thread,
    subject: `informed:${installationId}`,
    text,
  })
}

function informing(input: { whole: string; jobCapMicroUsd: number; monthCapMicroUsd: number }): string {
  const { whole } = input
  return [
    `This is Loom’s first brief in this ${whole}.`,
    'It reads the threads it is called into, their files included, and nothing else. They are kept encrypted, and go to nobody but the model providers that are set up here, who are asked to keep nothing.',
    `A brief costs at most ${formatUsd(input.jobCapMicroUsd)}, the whole ${whole} at most ${formatUsd(input.monthCapMicroUsd)} a month; /loom usage shows what was spent.`,
  ].join('\n')
}
