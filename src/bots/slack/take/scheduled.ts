import { ruleInWords } from '../../../core/schedule.ts'
import type { CreatedSchedule } from '../../../storage/schedules/create.ts'

/** What a thread reads once a recurring brief of its is kept. */
export function scheduledText({ nextAtMs, rule, timeZone }: CreatedSchedule): string {
  const first = new Date(nextAtMs).toLocaleString('en-GB', {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  })
  return `Kept: ${ruleInWords(rule)}, first on ${first} (${timeZone}). Each run answers here.`
}
