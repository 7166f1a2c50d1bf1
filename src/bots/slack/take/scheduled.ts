import { toLoomError } from '../../../core/errors.ts'
import type { Log } from '../../../core/ports.ts'
import { ruleInWords } from '../../../core/schedule.ts'
import type { ThreadId } from '../../../core/thread-id.ts'
import type { Store } from '../../../storage/database.ts'
import { sayInThread } from '../../../storage/deliveries/say.ts'
import { setScheduleZone } from '../../../storage/schedules/change.ts'
import type { CreatedSchedule } from '../../../storage/schedules/create.ts'
import { inTime } from '../../in-time.ts'
import { momentIn } from '../../words/schedule-words.ts'
import type { SlackClients } from '../clients.ts'
import type { Names } from '../read/names.ts'

/** How long Slack is asked for a person's time zone: the acknowledgement waits for it. */
const zoneMs = 1_000

export interface ScheduledDeps {
  store: Store
  log: Log
  clients: SlackClients
  names: Names
}

/**
 * Tells a thread that a recurring brief of its is kept. By then its times are those of whoever asked for it, as far as
 * Slack says in a second where their clock stands; else they stay UTC, which the thread is told.
 */
export async function sayScheduled(
  deps: ScheduledDeps,
  input: {
    tenantId: string
    installationId: string
    thread: ThreadId
    userId: string
    schedule: CreatedSchedule
  },
): Promise<void> {
  const { installationId, schedule, tenantId, thread } = input
  const { scheduleId } = schedule
  const moved = await inZoneOf(deps, input)
  await sayInThread(
    deps.store,
    { tenantId, actor: { kind: 'system' } },
    {
      ...{ installationId, thread, subject: `scheduled:${scheduleId}` },
      text: scheduledText(moved ?? schedule, { zoneKnown: moved !== undefined }),
    },
  )
}

/** The schedule by the clock of whoever asked for it; `undefined` where nobody says in time which that is. */
async function inZoneOf(
  deps: ScheduledDeps,
  input: { tenantId: string; installationId: string; userId: string; schedule: CreatedSchedule },
): Promise<CreatedSchedule | undefined> {
  const { installationId, schedule, tenantId, userId } = input
  const late = new AbortController()
  try {
    const asked = deps.clients
      .sideOf({ tenantId, installationId })
      .then((side) => deps.names.zoneOf(side, { tenantId, id: userId, signal: late.signal }))
    const zone = await inTime(asked, zoneMs)
    if (zone === 'late' || zone.value === undefined) return undefined
    const { scheduleId } = schedule
    const context = { tenantId, actor: { kind: 'system' } } as const
    return await setScheduleZone(deps.store, context, { scheduleId, timeZone: zone.value })
  } catch (thrown) {
    const { detail, kind } = toLoomError(thrown)
    deps.log.info({ tenantId, kind, detail }, 'a time zone was not told')
    return undefined
  } finally {
    late.abort()
  }
}

function scheduledText(
  { nextAtMs, rule, timeZone }: CreatedSchedule,
  { zoneKnown }: { zoneKnown: boolean },
): string {
  const first = `first on ${momentIn(timeZone, nextAtMs)} (${timeZone})`
  const whose = zoneKnown ? '' : ' Slack did not say where your clock stands, so these times are UTC.'
  return `Kept: ${ruleInWords(rule)}, ${first}. Each run answers here.${whose}`
}
