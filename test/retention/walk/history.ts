import fc from 'fast-check'

/** What people do, and how often beside each other. */
const deeds = {
  brief: 30,
  followUp: 14,
  say: 8,
  overhear: 10,
  end: 8,
  star: 12,
  unstar: 6,
  notice: 4,
  schedule: 4,
  unschedule: 2,
  correct: 3,
  key: 6,
  browse: 4,
  upload: 1,
  request: 3,
  export: 3,
  delete: 4,
  forget: 4,
  ignore: 2,
  restore: 1,
} as const
export type DeedKind = keyof typeof deeds

/** One thing that somebody does. The numbers choose among what there is when it comes to it. */
export interface Deed {
  day: number
  kind: DeedKind
  host: number
  who: number
  pick: number
}

/** A random history, each day's deeds in their order. */
export function histories(size: { days: number; hosts: number; deeds: number }): fc.Arbitrary<Deed[]> {
  const kinds = Object.entries(deeds).map(([kind, weight]) => ({
    arbitrary: fc.constant(kind as DeedKind),
    weight,
  }))
  const deed = fc.record({
    // As many on one day as on another: what is likely to be wrong is not at the ends.
    day: fc.noBias(fc.nat({ max: size.days - 1 })),
    kind: fc.oneof(...kinds),
    host: fc.nat({ max: size.hosts - 1 }),
    who: fc.nat({ max: 1_000 }),
    pick: fc.nat({ max: 1_000 }),
  })
  return fc
    .array(deed, { minLength: size.deeds, maxLength: size.deeds })
    .map((list) => list.toSorted((a, b) => a.day - b.day))
}
