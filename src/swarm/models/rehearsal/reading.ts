import { parseReadResult } from '../../tools/read-result.ts'
import { resultText, type Scene } from './scene.ts'

/** How far a file has been read through the tools. */
export interface Reading {
  path: string
  text: string
  state: 'open' | 'whole' | 'unreadable'
  /** Where to go on; the beginning for a file that has not been read. */
  next: { line: number; column: number } | undefined
}

/** What the calls so far have read of each path, in the order of the paths. */
export function readingsOf(scene: Scene, paths: readonly string[]): Reading[] {
  const pieces = new Map<string, { texts: string[]; state: Reading['state']; next: Reading['next'] }>()
  for (const { call, result } of scene.calls) {
    if (call.name !== 'read') continue
    const path = String((call.input as { path?: unknown }).path)
    const entry = pieces.get(path) ?? { texts: [], state: 'open', next: undefined }
    pieces.set(path, entry)
    if (result.isError || result.content.some((part) => part.type !== 'text')) {
      entry.state = 'unreadable'
      entry.texts.push(resultText(result))
      continue
    }
    const { next, text } = parseReadResult(resultText(result))
    entry.texts.push(text)
    entry.next = next
    entry.state = next ? 'open' : 'whole'
  }
  return paths.map((path) => {
    const entry = pieces.get(path)
    return { path, text: entry?.texts.join('') ?? '', state: entry?.state ?? 'open', next: entry?.next }
  })
}

/** A call that reads on. Large pieces: this reader pays no tokens for them. */
export function readOn(reading: Reading): { name: string; input: unknown } {
  return { name: 'read', input: { path: reading.path, ...reading.next, maxChars: 262_144 } }
}
