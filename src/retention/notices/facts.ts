import { createHash } from 'node:crypto'
import { z } from 'zod'
import { keptInWords } from '../page/facts.ts'
import { places } from '../policy/places.ts'
import { processorRows } from '../policy/processors.ts'
import type { PolicyRow } from '../policy/rows.ts'
import { tables } from '../policy/tables.ts'
import { categoryWords, cookies } from '../policy/words.ts'

const row = z.object({
  category: z.string(),
  purpose: z.string(),
  kept: z.string(),
  eraser: z.string(),
  exception: z.string().optional(),
})
const processor = z.object({ name: z.string(), purpose: z.string(), gets: z.string(), eraser: z.string() })
const word = z.object({ title: z.string(), what: z.string() })

/** A policy as a file that one release writes and the one before it reads: what binds, and nothing else of the table. */
export const policyFile = z.object({
  number: z.number().int().positive(),
  effective: z.iso.date(),
  rows: z.record(z.string(), row),
  processors: z.record(z.string(), processor),
  categories: z.record(z.string(), word),
  cookies: z.record(z.string(), z.string()),
})
export type PolicyFile = z.infer<typeof policyFile>
export type PolicyFacts = Omit<PolicyFile, 'number' | 'effective'>

/** What this code's table promises: categories, purposes, periods, erasers, exceptions, processors, cookies. */
export function policyFacts(): PolicyFacts {
  const all: [string, PolicyRow][] = [...Object.entries(tables), ...Object.entries(places)]
  return {
    rows: Object.fromEntries(
      all.map(([name, { category, eraser, exception, keeps, purpose }]) => [
        name,
        { category, purpose, kept: keptInWords(keeps), eraser, ...(exception ? { exception } : {}) },
      ]),
    ),
    processors: Object.fromEntries(
      Object.entries(processorRows).map(([name, { eraser = '', gets, name: title, purpose }]) => [
        name,
        { name: title, purpose, gets, eraser },
      ]),
    ),
    categories: { ...categoryWords },
    cookies: Object.fromEntries(cookies.map(({ by, name, what }) => [`${name} of ${by}`, what])),
  }
}

/** A hash of what binds: the same for the same promises, in whatever order they stand. */
export function fingerprintOf({ categories, cookies: jar, processors, rows }: PolicyFacts): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted({ rows, processors, categories, cookies: jar })))
    .digest('hex')
    .slice(0, 32)
}

function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, sorted(inner)])
}
