import { formatUsd } from '../../core/format.ts'
import { ruleInWords } from '../../core/schedule.ts'
import type { Schedule } from '../../storage/schedules/list.ts'

const titleLength = 60

/** When a recurring brief runs, when next, on whose clock, with which cap, and how it begins. */
export function scheduleParts(schedule: Schedule): string[] {
  const { nextAtMs, paused, timeZone } = schedule
  return [
    ruleInWords(schedule.rule),
    paused || nextAtMs === undefined ? 'paused' : `next ${momentIn(timeZone, nextAtMs)}`,
    timeZone,
    `cap ${formatUsd(schedule.capMicroUsd)}`,
    [...(schedule.prompt.trim().split(/\r?\n/, 1)[0] ?? '')].slice(0, titleLength).join(''),
  ]
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
