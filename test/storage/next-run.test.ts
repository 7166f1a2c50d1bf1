import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRule } from '../../src/core/schedule.ts'
import { nextRun } from '../../src/storage/schedules/next-run.ts'

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
]
const hourMs = 3_600_000
const from = Date.UTC(2024, 0, 1)
const moments = fc.integer({ min: from, max: Date.UTC(2034, 0, 1) })

/** What the clocks of the zone show. */
function clock(timeZone: string, ms: number): { hour: number; minute: number; weekday: string } {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    hour: 'numeric',
    minute: 'numeric',
    weekday: 'short',
  }).formatToParts(ms)
  const part = (type: string) => parts.find((item) => item.type === type)?.value ?? ''
  return { hour: Number(part('hour')), minute: Number(part('minute')), weekday: part('weekday') }
}

/** The next runs after a moment, as ISO strings. */
function runs(words: string, timeZone: string, after: string, many: number): string[] {
  const found: string[] = []
  let at = Date.parse(after)
  for (let run = 0; run < many; run++) {
    at = nextRun(parseRule(words), timeZone, at)
    found.push(new Date(at).toISOString().replace(':00.000Z', 'Z'))
  }
  return found
}

describe('the next run', () => {
  const words = fc
    .record({
      days: fc.constantFrom(
        'every day',
        'every weekday',
        'every sunday',
        'on the 1st and 29th of every month',
      ),
      hour: fc.integer({ min: 0, max: 23 }),
      minute: fc.integer({ min: 0, max: 59 }),
    })
    .map(({ days, hour, minute }) => ({
      hour,
      minute,
      days,
      rule: parseRule(`${days} at ${hour}:${String(minute).padStart(2, '0')}`),
    }))

  it('is always after, a whole minute, and each after the one before', () => {
    const rule = fc.oneof(
      words.map((item) => item.rule),
      fc.constant(parseRule('every hour')),
    )
    fc.assert(
      fc.property(rule, fc.constantFrom(...zones), moments, (text, zone, after) => {
        let last = after
        for (let run = 0; run < 10; run++) {
          const next = nextRun(text, zone, last)
          expect(next).toBeGreaterThan(last)
          expect(next % 60_000).toBe(0)
          last = next
        }
      }),
      { numRuns: 150 },
    )
  })

  it('depends on the moment alone: asked from anywhere before it, it is the same', () => {
    fc.assert(
      fc.property(
        words,
        fc.constantFrom(...zones),
        moments,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (item, zone, after, part) => {
          const next = nextRun(item.rule, zone, after)
          const between = after + Math.floor((next - 1 - after) * part)
          expect(nextRun(item.rule, zone, between)).toBe(next)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('has the hour and the day that were asked for, in the zone, but where that hour is skipped', () => {
    fc.assert(
      fc.property(words, fc.constantFrom(...zones), moments, (item, zone, after) => {
        const next = nextRun(item.rule, zone, after)
        const shown = clock(zone, next)
        const before = clock(zone, next - 60_000)
        const isAfterGap = (before.hour * 60 + before.minute + 1) % 1440 !== shown.hour * 60 + shown.minute
        if (!isAfterGap) expect([shown.hour, shown.minute]).toEqual([item.hour, item.minute])
        if (item.days === 'every weekday') expect(['Sat', 'Sun']).not.toContain(shown.weekday)
        if (item.days === 'every sunday') expect(shown.weekday).toBe('Sun')
      }),
      { numRuns: 500 },
    )
  })

  it('stays at eight while the clocks change', () => {
    expect(runs('every day at 8', 'Europe/Berlin', '2026-03-27T12:00Z', 3)).toEqual([
      '2026-03-28T07:00Z',
      '2026-03-29T06:00Z',
      '2026-03-30T06:00Z',
    ])
  })

  it('that does not exist comes once, at the first moment after the gap', () => {
    expect(runs('every day at 2:30', 'Europe/Berlin', '2026-03-28T12:00Z', 2)).toEqual([
      '2026-03-29T01:00Z',
      '2026-03-30T00:30Z',
    ])
    expect(runs('on the 29th of every month at 2:30', 'Europe/Berlin', '2026-03-28T12:00Z', 1)).toEqual([
      '2026-03-29T01:00Z',
    ])
    expect(runs('every day at 0:00', 'America/Sao_Paulo', '2018-11-03T12:00Z', 2)).toEqual([
      '2018-11-04T03:00Z',
      '2018-11-05T02:00Z',
    ])
  })

  it('that exists twice comes once, at the first; also asked between the two', () => {
    const expected = ['2026-10-25T00:30Z', '2026-10-26T01:30Z']
    expect(runs('every day at 2:30', 'Europe/Berlin', '2026-10-24T12:00Z', 2)).toEqual(expected)
    expect(runs('every day at 2:30', 'Europe/Berlin', '2026-10-25T00:45Z', 1)).toEqual(expected.slice(1))
    const twice = ['2026-10-25T00:30Z', '2026-10-25T13:30Z']
    expect(runs('every day at 2:30 and 14:30', 'Europe/Berlin', '2026-10-24T22:00Z', 2)).toEqual(twice)
  })

  it('of every hour is an hour later, also while the clocks change', () => {
    for (const after of [Date.UTC(2026, 2, 28, 12), Date.UTC(2026, 9, 24, 12)]) {
      let last = nextRun('0 * * * *', 'Europe/Berlin', after)
      for (let run = 0; run < 24; run++) {
        expect(nextRun('0 * * * *', 'Europe/Berlin', last)).toBe(last + hourMs)
        last += hourMs
      }
    }
  })

  it('of the 29th of February waits for a leap year, over a century that has none', () => {
    expect(runs('0 8 29 2 *', 'UTC', '2097-01-01T00:00Z', 1)).toEqual(['2104-02-29T08:00Z'])
  })

  it('of the 31st passes over the months that have none', () => {
    expect(runs('on the 31st of every month at 8', 'UTC', '2026-01-31T09:00Z', 2)).toEqual([
      '2026-03-31T08:00Z',
      '2026-05-31T08:00Z',
    ])
  })

  it('that never comes is an error, not a loop', () => {
    expect(() => nextRun('0 8 30 2 *', 'UTC', from)).toThrow(/never run/)
  })
})
