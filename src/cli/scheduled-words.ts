import { momentIn } from '../bots/words/schedule-words.ts'
import { ruleInWords } from '../core/schedule.ts'
import type { CreatedSchedule } from '../storage/schedules/create.ts'

/** What a person reads once a recurring brief is kept. */
export function scheduledWords({ nextAtMs, rule, scheduleId, timeZone }: CreatedSchedule): string {
  return [
    `${scheduleId}  ${ruleInWords(rule)}, first on ${momentIn(timeZone, nextAtMs)}`,
    'It runs while npm start runs here; a run that was missed is made up for once.',
  ].join('\n')
}
