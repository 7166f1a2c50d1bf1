/** The five fields of a cron rule, as sets of numbers: what words are turned into, and the form that is stored. Pure. */
export interface CronFields {
  minute: number
  hours: readonly number[]
  days: readonly number[]
  months: readonly number[]
  /** 0 is Sunday. */
  weekdays: readonly number[]
}

interface Span {
  from: number
  to: number
  names?: readonly string[]
}

const spans = {
  minute: { from: 0, to: 59 },
  hours: { from: 0, to: 23 },
  days: { from: 1, to: 31 },
  months: {
    from: 1,
    to: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  // Seven is Sunday again.
  weekdays: { from: 0, to: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
} as const satisfies Record<string, Span>

const daysOfMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

export const every = {
  hour: numbers(0, 23),
  day: numbers(1, 31),
  month: numbers(1, 12),
  weekday: numbers(0, 6),
} as const

export type CronFault = 'syntax' | 'minutes' | 'days'

/**
 * Reads five fields of numbers, names, lists, ranges and steps. Answers the fault instead: `minutes` for more than one
 * minute of the hour, `days` for days of the month and weekdays at once, which crons understand in two ways.
 */
export function readCron(text: string): CronFields | CronFault {
  const parts = text.trim().toLowerCase().split(/\s+/)
  const [minuteText = '', hourText = '', dayText = '', monthText = '', weekdayText = ''] = parts
  const minutes = readField(minuteText, spans.minute)
  const hours = readField(hourText, spans.hours)
  const days = readField(dayText, spans.days)
  const months = readField(monthText, spans.months)
  const weekdays = readField(weekdayText, spans.weekdays)
  if (parts.length !== 5 || !minutes || !hours || !days || !months || !weekdays) return 'syntax'
  const [minute, ...more] = minutes
  if (minute === undefined || more.length > 0) return 'minutes'
  if (dayText !== '*' && weekdayText !== '*') return 'days'
  return { minute, hours, days, months, weekdays: sorted(weekdays.map((day) => day % 7)) }
}

/** The one way in which a rule is written: `*` for all, ranges from three on, no steps, no names. */
export function writeCron({ days, hours, minute, months, weekdays }: CronFields): string {
  return [
    String(minute),
    writeField(hours, every.hour),
    writeField(days, every.day),
    writeField(months, every.month),
    writeField(weekdays, every.weekday),
  ].join(' ')
}

/** Whether some year has such a day: there is no 30th of February. */
export function everComes({ days, months }: CronFields): boolean {
  return months.some((month) => days.some((day) => day <= (daysOfMonth[month - 1] ?? 0)))
}

export function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at])
}

export function sorted(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b)
}

function readField(text: string, span: Span): number[] | undefined {
  const values: number[] = []
  for (const item of text.split(',')) {
    const [, range = '', step] = /^(\*|[a-z\d]+(?:-[a-z\d]+)?)(?:\/(\d{1,2}))?$/.exec(item) ?? []
    const bounds = readRange(range, span, step !== undefined)
    const by = step === undefined ? 1 : Number(step)
    if (!bounds || by < 1) return undefined
    for (let value = bounds.from; value <= bounds.to; value += by) values.push(value)
  }
  return sorted(values)
}

function readRange(text: string, span: Span, hasStep: boolean): Span | undefined {
  // The star of weekdays ends at Saturday, so that a step does not count Sunday twice.
  if (text === '*') return { from: span.from, to: span === spans.weekdays ? 6 : span.to }
  const [first = '', last] = text.split('-')
  const from = readNumber(first, span)
  let to = last === undefined ? (hasStep ? span.to : from) : readNumber(last, span)
  if (span === spans.weekdays && last === 'sun') to = 7
  return from === undefined || to === undefined || from > to ? undefined : { from, to }
}

function readNumber(text: string, span: Span): number | undefined {
  const named = span.names?.indexOf(text) ?? -1
  if (named >= 0) return named + span.from
  const value = /^\d{1,2}$/.test(text) ? Number(text) : -1
  return value >= span.from && value <= span.to ? value : undefined
}

function writeField(values: readonly number[], all: readonly number[]): string {
  if (isSame(values, all)) return '*'
  const runs: number[][] = []
  for (const value of values) {
    const run = runs.at(-1)
    if (run && run.at(-1) === value - 1) run.push(value)
    else runs.push([value])
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]}-${run.at(-1)}` : run.join(','))).join(',')
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at)
}
