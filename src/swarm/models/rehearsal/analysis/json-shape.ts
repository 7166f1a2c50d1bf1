import { cut } from './prose.ts'
import type { JsonProfile } from './schema.ts'

const MOST_KEYS = 200
const DEEPEST_NAMED = 12
const LONGEST_PATH = 200

type Root = Exclude<JsonProfile['root'], 'invalid' | 'records'>
type Waiting = { value: unknown; path: string; depth: number }
type FoundArray = { path: string; items: readonly unknown[] }

export type JsonShape = Pick<JsonProfile, 'depth' | 'keys' | 'keyCount' | 'arrays'> & {
  inexact: boolean
  /** The longest array whose items are all flat objects. */
  flat?: FoundArray
}

type Findings = {
  keys: Map<string, { types: Set<string>; count: number }>
  arrays: Map<string, { count: number; shortest: number; longest: number }>
  depth: number
  inexact: boolean
  flat?: FoundArray
}

/** Walks without recursion: the text may nest deeper than the stack. */
export function shapeOf(root: unknown): JsonShape {
  const found: Findings = { keys: new Map(), arrays: new Map(), depth: 0, inexact: false }
  const waiting: Waiting[] = [{ value: root, path: '', depth: 0 }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value } = next
    found.depth = Math.max(found.depth, next.depth)
    if (typeof value === 'number') found.inexact ||= Number.isInteger(value) && !Number.isSafeInteger(value)
    else if (Array.isArray(value)) enterArray(found, waiting, value, next)
    else if (typeof value === 'object' && value !== null) enterObject(found, waiting, value, next)
  }
  const { keys, arrays, depth, inexact, flat } = found
  return {
    depth,
    inexact,
    keyCount: keys.size,
    keys: [...keys]
      .slice(0, MOST_KEYS)
      .map(([path, { types, count }]) => ({ path, types: [...types].sort(), count })),
    arrays: [...arrays].slice(0, MOST_KEYS).map(([path, lengths]) => ({ path: path || '$', ...lengths })),
    ...(flat ? { flat } : {}),
  }
}

// What is pushed last is popped first: items go in backwards, so that keys come in the order of the file.
function enterArray(
  found: Findings,
  waiting: Waiting[],
  items: readonly unknown[],
  { path, depth }: Waiting,
): void {
  const named = depth < DEEPEST_NAMED
  if (named) noteArray(found.arrays, path, items.length)
  if (items.length > (found.flat?.items.length ?? 0) && items.every(isFlatObject))
    found.flat = { path, items }
  for (let at = items.length - 1; at >= 0; at -= 1) {
    waiting.push({ value: items[at], path: named ? `${path}[]` : path, depth: depth + 1 })
  }
}

function enterObject(found: Findings, waiting: Waiting[], value: object, { path, depth }: Waiting): void {
  const named = depth < DEEPEST_NAMED
  const entries = Object.entries(value)
  for (const [key, inner] of named ? entries : []) {
    const place = placeOf(path, key)
    const seen = found.keys.get(place) ?? { types: new Set<string>(), count: 0 }
    seen.types.add(typeName(inner))
    seen.count += 1
    found.keys.set(place, seen)
  }
  for (const [key, inner] of entries.reverse()) {
    waiting.push({ value: inner, path: named ? placeOf(path, key) : path, depth: depth + 1 })
  }
}

function placeOf(path: string, key: string): string {
  return cut(path === '' ? key : `${path}.${key}`, LONGEST_PATH)
}

function noteArray(
  arrays: Map<string, { count: number; shortest: number; longest: number }>,
  path: string,
  length: number,
): void {
  const found = arrays.get(path) ?? { count: 0, shortest: length, longest: length }
  arrays.set(path, {
    count: found.count + 1,
    shortest: Math.min(found.shortest, length),
    longest: Math.max(found.longest, length),
  })
}

function isFlatObject(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((inner) => typeof inner !== 'object' || inner === null)
  )
}

export function typeName(value: unknown): Root {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  const type = typeof value
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'object'
}
