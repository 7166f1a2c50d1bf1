import { type CronFields, everComes, every, isSame, readCron, sorted, writeCron } from './cron.ts'
import { LoomError } from './errors.ts'

/** When a recurring brief runs, in words and as a cron rule. Pure; English; what comes next is `nextRun`'s to say. */

const weekdayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const workdays = [1, 2, 3, 4, 5]
const weekend = [0, 6]
/** More times than this a day are shown as cron. */
const mostTimesInWords = 4

/**
 * `every weekday at 8`, `on the 1st of every month at 18:00`, `every 2 hours`, or five cron fields, as one normalised
 * cron rule of five fields. Throws `invalid_input` with a sentence that says what would be understood. Parsing the
 * result gives the same result.
 */
export function parseRule(words: string): string {
  const text = words
    .trim()
    .toLowerCase()
    .replace(/^["“']|["”'.]$/g, '')
    .replace(/\s+/g, ' ')
    .replace(/^cron /, '')
  const fields = /^[\d*]\S*( \S+){4}$/.test(text) ? fromCron(text) : fromWords(text)
  if (!everComes(fields)) throw invalid('No month has such a day, so this would never run.')
  return writeCron(fields)
}

/** A normalised rule in words that `parseRule` takes back; `cron …` where there are no short words for it. */
export function ruleInWords(rule: string): string {
  const fields = readCron(rule)
  if (typeof fields === 'string') return `cron ${rule}`
  const days = dayWords(fields)
  const times = timeWords(fields)
  if (!days || !times) return `cron ${rule}`
  if (times.kind === 'interval') return days === 'every day' ? times.words : `cron ${rule}`
  return `${days} at ${times.words}`
}

/**
 * The name of a time zone as the IANA database has it, whatever its case. Throws `invalid_input` for what is none;
 * offsets such as `+02:00` are none, because they know no daylight saving.
 */
export function parseTimeZone(name: string): string {
  const typed = name.trim()
  try {
    if (!/^[a-z]/i.test(typed)) throw new RangeError('an offset')
    const known = new Intl.DateTimeFormat('en', { timeZone: typed }).resolvedOptions().timeZone
    return known.toLowerCase() === typed.toLowerCase() ? known : typed
  } catch (cause) {
    throw new LoomError({
      kind: 'invalid_input',
      message: 'That is not a time zone. Name one by its place, as in Europe/Berlin or America/New_York.',
      cause,
    })
  }
}

/**
 * A message that asks for a recurring brief: `every weekday at 8: What changed in churn?` The words for the times stand in
 * front of a colon and are all that stands there; everything else is a brief like others, and `undefined`.
 */
export function scheduleIn(text: string): { rule: string; prompt: string } | undefined {
  const trimmed = text.trim()
  for (const { 0: colon, index } of trimmed.slice(0, 120).matchAll(/:\s+/g)) {
    const words = trimmed.slice(0, index).replace(/^(?:please )?schedule(?: this)?,? /i, '')
    const prompt = trimmed.slice(index + colon.length).trim()
    if (prompt !== '' && isRule(words)) return { rule: parseRule(words), prompt }
  }
  return undefined
}

/** Five fields of cron in front of a colon are more likely a table than a wish. */
function isRule(words: string): boolean {
  if (!/^[a-z]/i.test(words)) return false
  try {
    return parseRule(words) !== ''
  } catch {
    return false
  }
}

function fromCron(text: string): CronFields {
  const fields = readCron(text)
  if (fields === 'minutes') throw tooOften()
  if (fields === 'days') {
    throw invalid('A rule names days of the month or weekdays, not both. Make two schedules instead.')
  }
  if (fields === 'syntax') throw notUnderstood()
  return fields
}

function fromWords(text: string): CronFields {
  if (/^(every|each) (\d+ |other )?(second|minute)s?$/.test(text)) throw tooOften()
  const hourly = /^(?:hourly|(?:every|each) (?:(\d{1,2}) )?hours?)(?: at :([0-5]\d))?$/.exec(text)
  if (hourly) return everyHours(Number(hourly[1] ?? 1), Number(hourly[2] ?? 0))
  const [, dayText, timeText] = /^(.+?) at (.+)$/.exec(text) ?? []
  const [, timeFirst, dayLast] = /^at (.+?) ((?:every|each|on|daily|weekdays|weekends)\b.*)$/.exec(text) ?? []
  const days = readDays(dayText ?? dayLast ?? text)
  const times = timeText ?? timeFirst
  if (!days) throw notUnderstood()
  if (times === undefined) throw invalid('Say at what time too, as in "every weekday at 8".')
  return { ...days, ...readTimes(times) }
}

function everyHours(step: number, minute: number): CronFields {
  if (step < 1 || step > 12 || 24 % step !== 0) {
    throw invalid('Hours are counted from midnight: every hour, or every 2, 3, 4, 6, 8 or 12 hours.')
  }
  const hours = every.hour.filter((hour) => hour % step === 0)
  return { minute, hours, days: every.day, months: every.month, weekdays: every.weekday }
}

type Days = Pick<CronFields, 'days' | 'months' | 'weekdays'>

function readDays(text: string): Days | undefined {
  const all = { days: every.day, months: every.month, weekdays: every.weekday }
  const ofMonth =
    /^(?:on )?(?:the )?(.+?) of (?:every|each|the) month$/.exec(text) ??
    /^(?:every month|each month|monthly) on (?:the )?(.+)$/.exec(text)
  if (ofMonth) {
    const days = listOf(ofMonth[1] ?? '').map(readOrdinal)
    return days.every((day) => day !== undefined) ? { ...all, days: sorted(days) } : undefined
  }
  const plain = text.replace(/^(?:(?:every week|each week|weekly) on |(?:on )?(?:every |each )|on )/, '')
  if (/^(days?|daily)$/.test(plain)) return all
  const weekdays = listOf(plain).map(readWeekdays)
  if (!weekdays.every((part) => part !== undefined)) return undefined
  return { ...all, weekdays: sorted(weekdays.flat()) }
}

/** One item of a list of weekdays: a name, a range of names, or a word for several. */
function readWeekdays(text: string): readonly number[] | undefined {
  if (/^(weekday|workday|working day)s?$/.test(text)) return workdays
  if (/^weekends?$/.test(text)) return weekend
  const [first = '', last] = text.split(/ ?(?:-|–| to | through ) ?/)
  const from = weekdayOf(first)
  const to = last === undefined ? from : weekdayOf(last)
  if (from === undefined || to === undefined) return undefined
  return Array.from({ length: ((to - from + 7) % 7) + 1 }, (_, at) => (from + at) % 7)
}

function weekdayOf(text: string): number | undefined {
  const name = text.replace(/^(?:every|each) /, '').replace(/s$/, '')
  const at = weekdayNames.findIndex((day) => {
    const full = day.toLowerCase()
    return full === name || full.slice(0, 3) === name || full.slice(0, 3) === text
  })
  return at < 0 ? undefined : at
}

function readOrdinal(text: string): number | undefined {
  const day = Number(/^(?:the )?(\d{1,2})(?:st|nd|rd|th)?$/.exec(text)?.[1] ?? 0)
  return day >= 1 && day <= 31 ? day : undefined
}

function readTimes(text: string): Pick<CronFields, 'minute' | 'hours'> {
  const times = listOf(text).map(readTime)
  const [first] = times
  if (!first) throw notUnderstood()
  if (times.some((time) => time.minute !== first.minute)) {
    throw invalid(
      'The times of one schedule share their minute, as in "at 8:30 and 17:30". Make two instead.',
    )
  }
  return { minute: first.minute, hours: sorted(times.map((time) => time.hour)) }
}

function readTime(text: string): { hour: number; minute: number } {
  if (text === 'noon') return { hour: 12, minute: 0 }
  if (text === 'midnight') return { hour: 0, minute: 0 }
  const match = /^(\d{1,2})(?:[:.](\d{2}))? ?(am|pm|a\.m|p\.m|o'clock)?\.?$/.exec(text)
  const [hour, minute] = [Number(match?.[1] ?? 99), Number(match?.[2] ?? 0)]
  const half = match?.[3]?.replace('.', '')
  const isTwelve = half === 'am' || half === 'pm'
  if (minute > 59 || hour > (isTwelve ? 12 : 23) || (isTwelve && hour === 0)) throw notUnderstood()
  return { hour: isTwelve ? (hour % 12) + (half === 'pm' ? 12 : 0) : hour, minute }
}

function listOf(text: string): string[] {
  return text.split(/ ?, ?and | ?, ?| and | ?& ?/)
}

function dayWords({ days, months, weekdays }: CronFields): string | undefined {
  if (!isSame(months, every.month)) return undefined
  if (!isSame(days, every.day)) return `on the ${inList(days.map(ordinal))} of every month`
  if (isSame(weekdays, every.weekday)) return 'every day'
  if (isSame(weekdays, workdays)) return 'every weekday'
  // The week begins on Monday where people read it.
  const fromMonday = [...weekdays].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7))
  return `every ${inList(fromMonday.map((day) => weekdayNames[day] ?? ''))}`
}

function timeWords({ hours, minute }: CronFields): { kind: 'interval' | 'times'; words: string } | undefined {
  const past = minute === 0 ? '' : ` at :${twoDigits(minute)}`
  const step = 24 / hours.length
  const isInterval = hours.length > 1 && hours.every((hour, at) => hour === at * step)
  if (isInterval)
    return { kind: 'interval', words: step === 1 ? `every hour${past}` : `every ${step} hours${past}` }
  if (hours.length > mostTimesInWords) return undefined
  return { kind: 'times', words: inList(hours.map((hour) => `${twoDigits(hour)}:${twoDigits(minute)}`)) }
}

function ordinal(day: number): string {
  const ending = { 1: 'st', 2: 'nd', 3: 'rd', 21: 'st', 22: 'nd', 23: 'rd', 31: 'st' }[day] ?? 'th'
  return `${day}${ending}`
}

function inList(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}

function tooOften(): LoomError {
  return invalid('A brief can recur once an hour at most. Write "every hour", or one minute of the hour.')
}

function notUnderstood(): LoomError {
  return invalid(
    'That is not a time Loom understands. Write "every weekday at 8", "every monday and thursday at 9am", "every hour", "on the 1st of every month at 18:00", or five cron fields such as "0 8 * * 1-5".',
  )
}

function invalid(message: string): LoomError {
  return new LoomError({ kind: 'invalid_input', message })
}
