import { ruleInWords } from '../core/schedule.ts'
import type { CreatedSchedule } from '../storage/schedules/create.ts'

/** What a person reads once a recurring brief is kept. */
export function scheduledWords({ nextAtMs, rule, scheduleId, timeZone }: CreatedSchedule): string {
  return [
    `${scheduleId}  ${ruleInWords(rule)}, first on ${momentIn(timeZone, nextAtMs)}`,
    'It runs while npm start runs here; a run that was missed is made up for once.',
  ].join('\n')
}

/** `Wed, 25 Nov 2026, 08:00`, as the clocks of the zone show it. */
export function momentIn(timeZone: string, ms: number): string {
  return new Date(ms).toLocaleString('en-GB', {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  })
}
