import { toLoomError } from '../../core/errors.ts'
import { ruleInWords } from '../../core/schedule.ts'
import type { ThreadId } from '../../core/thread-id.ts'
import { sayInThread } from '../../storage/deliveries/say.ts'
import { setScheduleZone } from '../../storage/schedules/change.ts'
import type { CreatedSchedule } from '../../storage/schedules/create.ts'
import { momentIn } from '../words/schedule-words.ts'
import type { TakeDeps } from './came.ts'

export type ScheduledDeps = Pick<TakeDeps, 'store' | 'log' | 'words' | 'zoneOf'>

interface Kept {
  tenantId: string
  installationId: string
  userId: string
  schedule: CreatedSchedule
}

/**
 * Tells a thread that a recurring brief of its is kept. By then its times are those of whoever asked for it, as far as
 * the platform says in a second where their clock stands; else they stay UTC, which the thread is told.
 */
export async function sayScheduled(deps: ScheduledDeps, input: Kept & { thread: ThreadId }): Promise<void> {
  const { installationId, schedule, tenantId, thread } = input
  const { scheduleId } = schedule
  const moved = await inZoneOf(deps, input)
  const zone = moved
    ? ''
    : ` ${deps.words.platform} did not say where your clock stands, so these times are UTC.`
  await sayInThread(
    deps.store,
    { tenantId, actor: { kind: 'system' } },
    {
      ...{ installationId, thread, subject: `scheduled:${scheduleId}` },
      text: `${scheduledText(moved ?? schedule)}${zone}`,
    },
  )
}

/** The schedule by the clock of whoever asked for it; `undefined` where nobody says in time which that is. */
async function inZoneOf(deps: ScheduledDeps, input: Kept): Promise<CreatedSchedule | undefined> {
  const { schedule, tenantId } = input
  try {
    const timeZone = await deps.zoneOf?.(input)
    if (timeZone === undefined) return undefined
    const { scheduleId } = schedule
    const context = { tenantId, actor: { kind: 'system' } } as const
    return await setScheduleZone(deps.store, context, { scheduleId, timeZone })
  } catch (thrown) {
    const { detail, kind } = toLoomError(thrown)
    deps.log.info({ tenantId, kind, detail }, 'a time zone was not told')
    return undefined
  }
}

function scheduledText({ nextAtMs, rule, timeZone }: CreatedSchedule): string {
  const first = `first on ${momentIn(timeZone, nextAtMs)} (${timeZone})`
  return `Kept: ${ruleInWords(rule)}, ${first}. Each run answers here.`
}
