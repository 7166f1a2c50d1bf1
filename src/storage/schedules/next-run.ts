import { Cron } from 'croner'
import { LoomError } from '../../core/errors.ts'

/**
 * The first moment after `afterMs` at which a normalised rule comes due in an IANA time zone, in milliseconds; always
 * a whole minute. A time that daylight saving skips comes due once, at the first moment after the gap; one that it
 * repeats, once, at the first. Only `every hour` goes on hour by hour. Throws `invalid_input` for a rule that never
 * comes due.
 */
export function nextRun(rule: string, timeZone: string, afterMs: number): number {
  // A list of hours are fixed times, as a single one is: only a star is an interval to croner.
  const cron = new Cron(rule, {
    timezone: timeZone,
    mode: '5-part',
    fixedTimeRule: 'no-wildcard',
    paused: true,
  })
  const next = cron.nextRun(new Date(afterMs))
  if (next) return next.getTime()
  throw new LoomError({ kind: 'invalid_input', message: 'This would never run.', detail: 'no next run' })
}
