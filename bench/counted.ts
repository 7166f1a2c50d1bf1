import { registerHooks } from 'node:module'

/** What a storage function was called for: how often, for how long, over how many members. */
export interface Count {
  calls: number
  ms: number
  members: number
}

/** The storage functions of the hot path, by their files below `src/storage`. */
const counted: Record<string, readonly string[]> = {
  'tasks/claim.ts': ['claimTasks'],
  'tasks/start.ts': ['startTasks'],
  'tasks/load.ts': ['loadTasks'],
  'steps/commit.ts': ['commitSteps'],
}

export const counts = new Map<string, Count>()

type Listener = (name: string, args: readonly unknown[]) => void
let listener: Listener = () => undefined

/** Tells of every counted call that has returned. */
export function onCounted(next: Listener): void {
  listener = next
}

type Verb = (...args: unknown[]) => Promise<unknown>

function wrap(name: string, verb: Verb): Verb {
  return async (...args) => {
    const startedAtMs = performance.now()
    const result = await verb(...args)
    const count = counts.get(name) ?? { calls: 0, ms: 0, members: 0 }
    count.calls += 1
    count.ms += performance.now() - startedAtMs
    count.members += Array.isArray(result) ? result.length : 1
    counts.set(name, count)
    listener(name, args)
    return result
  }
}

/**
 * From now on whoever imports one of these files gets its functions with a counter around them: the product itself
 * has no hooks for this. Call it before anything of `src` is imported.
 */
export function countStorage(): void {
  Object.assign(globalThis, { loomBenchWrap: wrap })
  registerHooks({
    load(url, context, nextLoad) {
      const file = /\/src\/storage\/([^?]+)$/.exec(url)?.[1]
      const names = file === undefined ? undefined : counted[file]
      if (!names) return nextLoad(url, context)
      const plain = JSON.stringify(`${url}?plain`)
      const exports = names.map((name) => `export const ${name} = loomBenchWrap('${name}', plain.${name})`)
      const source = [`import * as plain from ${plain}`, `export * from ${plain}`, ...exports].join('\n')
      return { format: 'module', source, shortCircuit: true }
    },
  })
}
