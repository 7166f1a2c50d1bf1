import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRule, parseTimeZone, ruleInWords, scheduleIn } from '../../src/core/schedule.ts'

/** One set of values of a cron field, written as a list. */
const field = (min: number, max: number) =>
  fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 8 }).map((values) => values.join(','))

/** Rules that come due: a day that every month has, and never days and weekdays at once. */
const rules = fc
  .record({
    minute: fc.integer({ min: 0, max: 59 }),
    hours: fc.oneof(fc.constant('*'), fc.constant('*/3'), field(0, 23)),
    days: fc.oneof(
      fc.record({ days: field(1, 28), weekdays: fc.constant('*') }),
      fc.record({ days: fc.constant('*'), weekdays: fc.oneof(fc.constant('*'), field(0, 7)) }),
    ),
    months: fc.oneof(fc.constant('*'), field(1, 12)),
  })
  .map(({ days, hours, minute, months }) => `${minute} ${hours} ${days.days} ${months} ${days.weekdays}`)

describe('a message that asks for a recurring brief', () => {
  it.each([
    ['every weekday at 8: What changed in churn?', '0 8 * * 1-5', 'What changed in churn?'],
    ['Every day at 18:30: Read the inbox: what is urgent?', '30 18 * * *', 'Read the inbox: what is urgent?'],
    ['schedule every monday at noon:\nCompare the weeks.', '0 12 * * 1', 'Compare the weeks.'],
  ])('%s', (text, rule, prompt) => {
    expect(scheduleIn(text)).toEqual({ rule, prompt })
  })

  it.each([
    'Every day at 8, our churn rises. Why?',
    'every weekday at 8',
    'every weekday at 8:',
    'every now and then: what is wrong?',
    'Compare these months: which plan lost the most customers?',
    'every minute: what changed?',
    'Our opening hours are every weekday at 8: is that usual?',
    '0 8 * * 1: what is this?',
    '',
  ])('is not: %s', (text) => {
    expect(scheduleIn(text)).toBeUndefined()
  })
})

describe('the words for a rule', () => {
  const understood: [string, string, string][] = [
    ['every weekday at 8', '0 8 * * 1-5', 'every weekday at 08:00'],
    ['Every day at 07:30.', '30 7 * * *', 'every day at 07:30'],
    ['at 8 every weekday', '0 8 * * 1-5', 'every weekday at 08:00'],
    ['every monday and thursday at 9am', '0 9 * * 1,4', 'every Monday and Thursday at 09:00'],
    ['mondays at 9.15 pm', '15 21 * * 1', 'every Monday at 21:15'],
    ['every wednesday at noon', '0 12 * * 3', 'every Wednesday at 12:00'],
    ['every thu at midnight', '0 0 * * 4', 'every Thursday at 00:00'],
    ['monday to friday at 12am', '0 0 * * 1-5', 'every weekday at 00:00'],
    ['fri-mon at 3', '0 3 * * 0,1,5,6', 'every Monday, Friday, Saturday and Sunday at 03:00'],
    ['every weekend at 10', '0 10 * * 0,6', 'every Saturday and Sunday at 10:00'],
    ['daily at 8:30 and 17:30', '30 8,17 * * *', 'every day at 08:30 and 17:30'],
    ['every hour', '0 * * * *', 'every hour'],
    ['every 2 hours at :15', '15 0,2,4,6,8,10,12,14,16,18,20,22 * * *', 'every 2 hours at :15'],
    ['on the 1st of every month at 18:00', '0 18 1 * *', 'on the 1st of every month at 18:00'],
    ['monthly on the 15th and 3rd at 9', '0 9 3,15 * *', 'on the 3rd and 15th of every month at 09:00'],
    ['0 8 * * MON-FRI', '0 8 * * 1-5', 'every weekday at 08:00'],
    ['5 4 * * 7', '5 4 * * 0', 'every Sunday at 04:05'],
    ['0 8-18/5 * jan-mar mon', '0 8,13,18 * 1-3 1', 'cron 0 8,13,18 * 1-3 1'],
  ]
  it.each(understood)('%s is %s, and is read back', (words, rule, inWords) => {
    expect(parseRule(words)).toBe(rule)
    expect(ruleInWords(rule)).toBe(inWords)
    expect(parseRule(inWords)).toBe(rule)
  })

  const refused: [string, RegExp][] = [
    ['', /Write "every weekday at 8"/],
    ['at dawn', /Write "every weekday at 8"/],
    ['every blue moon at 8', /Write "every weekday at 8"/],
    ['every day at 24:00', /Write "every weekday at 8"/],
    ['every day at 13pm', /Write "every weekday at 8"/],
    ['on the 32nd of every month at 8', /Write "every weekday at 8"/],
    ['0 8 * * * *', /Write "every weekday at 8"/],
    ['0 8 L * *', /Write "every weekday at 8"/],
    ['0 24 * * *', /Write "every weekday at 8"/],
    ['every weekday', /Say at what time too/],
    ['every day at 8 and 9:30', /share their minute/],
    ['every 5 hours', /2, 3, 4, 6, 8 or 12 hours/],
    ['every 15 minutes', /once an hour at most/],
    ['*/15 * * * *', /once an hour at most/],
    ['* * * * *', /once an hour at most/],
    ['0 8 1 * 1', /not both/],
    ['0 8 30 2 *', /never run/],
  ]
  it.each(refused)('%j is refused in a sentence that helps', (words, sentence) => {
    expect(() => parseRule(words)).toThrow(sentence)
    expect(() => parseRule(words)).toThrow(expect.objectContaining({ kind: 'invalid_input' }))
  })

  it('come back as the same rule, whatever the rule', () => {
    fc.assert(
      fc.property(rules, (rule) => {
        const normal = parseRule(rule)
        expect(parseRule(normal)).toBe(normal)
        expect(parseRule(ruleInWords(normal))).toBe(normal)
      }),
      { numRuns: 500 },
    )
  })

  it('never fail but in a sentence, whatever somebody writes', () => {
    const piece = fc.constantFrom(
      'every',
      'day',
      'at',
      'on',
      'the',
      '1st',
      'of',
      'month',
      '8',
      '*',
      ',',
      'and',
      '-',
    )
    const words = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(' ')),
    )
    fc.assert(
      fc.property(words, (text) => {
        try {
          expect(parseRule(text)).toMatch(/^\d{1,2}( \S+){4}$/)
        } catch (thrown) {
          expect(thrown).toMatchObject({ kind: 'invalid_input' })
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('a time zone', () => {
  it('is taken by its name, in any case', () => {
    expect(parseTimeZone(' europe/berlin ')).toBe('Europe/Berlin')
    expect(parseTimeZone('Asia/Kolkata')).toBe('Asia/Kolkata')
    expect(parseTimeZone('UTC')).toBe('UTC')
  })

  it.each(['', 'Berlin', '+02:00', 'Europe/Nowhere'])('%j is refused in a sentence', (name) => {
    expect(() => parseTimeZone(name)).toThrow(/as in Europe\/Berlin/)
  })
})
