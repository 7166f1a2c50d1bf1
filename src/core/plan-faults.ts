/** What of a planned task can be at fault beyond its form. */
interface PlannedTask {
  key: string
  needs: readonly string[]
  enough?: number | undefined
  tools?: readonly string[] | undefined
  artifacts?: readonly string[] | undefined
}

/**
 * What is wrong with the graph of some tasks, in words that a model can act on; nothing when it is sound. `known` are
 * the keys of tasks that are there already: they may be needed, and not be named again.
 */
export function graphFaults(tasks: readonly PlannedTask[], known: ReadonlySet<string> = new Set()): string[] {
  const faults = [...repeatedKeys(tasks, known), ...unknownNeeds(tasks, known)]
  if (faults.length > 0) return faults
  const cycle = findCycle(tasks)
  return cycle ? [`these tasks wait for each other: ${cycle.join(' → ')}`] : []
}

function repeatedKeys(tasks: readonly PlannedTask[], known: ReadonlySet<string>): string[] {
  const seen = new Set(known)
  const repeated = new Set<string>()
  for (const task of tasks) {
    if (seen.has(task.key)) repeated.add(task.key)
    seen.add(task.key)
  }
  return [...repeated].map((name) => `two tasks are called ${name}`)
}

function unknownNeeds(tasks: readonly PlannedTask[], known: ReadonlySet<string>): string[] {
  const keys = new Set([...known, ...tasks.map((task) => task.key)])
  return tasks.flatMap((task) =>
    task.needs
      .filter((need) => !keys.has(need))
      .map((need) => `${task.key} needs ${need}, which is not in the plan`),
  )
}

/** A cycle as the list of its keys, first repeated at the end; `undefined` when the graph has an order. */
function findCycle(tasks: readonly PlannedTask[]): string[] | undefined {
  const needs = new Map(tasks.map((task) => [task.key, task.needs]))
  const state = new Map<string, 'open' | 'closed'>()
  for (const start of needs.keys()) {
    const path: { key: string; next: number }[] = state.has(start) ? [] : [{ key: start, next: 0 }]
    if (path.length > 0) state.set(start, 'open')
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const need = needs.get(top.key)?.[top.next]
      top.next += 1
      if (need === undefined) {
        state.set(top.key, 'closed')
        path.pop()
      } else if (state.get(need) === 'open') {
        const keys = path.map((entry) => entry.key)
        return [...keys.slice(keys.indexOf(need)), need]
      } else if (!state.has(need)) {
        state.set(need, 'open')
        path.push({ key: need, next: 0 })
      }
    }
  }
  return undefined
}

/** What tasks ask for that they cannot have. `tools` are the names there are, where they are known. */
export function taskFaults(tasks: readonly PlannedTask[], tools: readonly string[] | undefined): string[] {
  return [
    ...tasks.flatMap(needFaults),
    ...tasks.flatMap((task) => toolFaults(task, tools)),
    ...artifactFaults(tasks),
  ]
}

function needFaults({ enough = 0, key, needs }: PlannedTask): string[] {
  const many = new Set(needs).size
  return enough > many ? [`${key} wants ${enough} of its needs to end well and has ${many}`] : []
}

function toolFaults({ artifacts = [], key, tools: own = [] }: PlannedTask, tools = own): string[] {
  const unknown = own.filter((name) => !tools.includes(name))
  return [
    ...unknown.map((name) => `${key} is to use ${name}, which is no tool; there are ${tools.join(', ')}`),
    ...(own.length > 0 && artifacts.length > 0 && !own.includes('write')
      ? [`${key} is to write ${artifacts[0]} and may not use write`]
      : []),
  ]
}

function artifactFaults(tasks: readonly PlannedTask[]): string[] {
  const writers = new Map<string, string>()
  return tasks.flatMap(({ artifacts = [], key }) =>
    artifacts.flatMap((path) => {
      const writer = writers.get(path)
      writers.set(path, key)
      if (!isArtifactPath(path)) return [`${key} is to write ${path}, which is no path under final/`]
      return writer === undefined ? [] : [`${writer} and ${key} are both to write ${path}`]
    }),
  )
}

function isArtifactPath(path: string): boolean {
  const [root, ...rest] = path.split('/')
  return root === 'final' && rest.length > 0 && rest.every((part) => /^[^\\\s.][^\\]*$/.test(part))
}
