import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LoomError } from '../../src/core/errors.ts'
import { checkPlan } from '../../src/core/plan.ts'

const task = (key: string, needs: readonly string[] = [], part: Record<string, unknown> = {}) => ({
  key,
  title: `Task ${key}`,
  objective: 'do it',
  needs,
  ...part,
})
const plan = (tasks: readonly unknown[]) => ({ title: 'A plan', tasks })

/** The sentence with which a plan is refused. */
function refusal(input: unknown): string {
  try {
    checkPlan(input)
  } catch (error) {
    if (error instanceof LoomError && error.kind === 'invalid_input') return error.message
    throw error
  }
  throw new Error('the plan was accepted')
}

/** Whether the graph has an order: takes away what needs nothing until nothing is left. */
function hasOrder(needs: ReadonlyMap<string, readonly string[]>): boolean {
  const left = new Map(needs)
  for (;;) {
    const free = [...left].filter(([, list]) => list.every((need) => !left.has(need)))
    if (free.length === 0) return left.size === 0
    for (const [key] of free) left.delete(key)
  }
}

describe('a plan', () => {
  it('is taken as it is, with what was left out filled in', () => {
    expect(checkPlan(plan([task('a'), task('b', ['a'])]))).toEqual({
      title: 'A plan',
      tasks: [
        { key: 'a', title: 'Task a', objective: 'do it', output: '', files: [], needs: [], tier: 'standard' },
        {
          key: 'b',
          title: 'Task b',
          objective: 'do it',
          output: '',
          files: [],
          needs: ['a'],
          tier: 'standard',
        },
      ],
    })
  })

  it.each([0, 101, 1_000])('of %i tasks is refused, with the number that is allowed', (many) => {
    const message = refusal(plan(Array.from({ length: many }, (_, index) => task(`t${index}`))))
    expect(message).toMatch(many === 0 ? /needs at least one task/ : /may have at most 100 tasks/)
  })

  it('of a hundred tasks in one long line is taken', () => {
    const tasks = Array.from({ length: 100 }, (_, index) =>
      task(`t${index}`, index === 0 ? [] : [`t${index - 1}`]),
    )
    expect(checkPlan(plan(tasks.toReversed())).tasks).toHaveLength(100)
  })

  it('is refused with every fault at once, in words to act on', () => {
    const message = refusal(plan([task('a', ['x', 'y']), task('b'), task('b'), task('b')]))
    expect(message).toBe(
      'The plan cannot be used: two tasks are called b; a needs x, which is not in the plan; a needs y, which is not in the plan.',
    )
  })

  it.each<[string, unknown[], string]>([
    ['itself', [task('a', ['a'])], 'a → a'],
    ['each other', [task('a', ['b']), task('b', ['a'])], 'a → b → a'],
    [
      'one another in a ring behind a beginning',
      [task('s'), task('a', ['s', 'b']), task('b', ['c']), task('c', ['a'])],
      'a → b → c → a',
    ],
  ])('is refused when tasks wait for %s, and shows the ring', (_, tasks, ring) => {
    expect(refusal(plan(tasks))).toContain(`these tasks wait for each other: ${ring}`)
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'plan'],
    ['an empty object', {}],
    ['tasks that are none', plan(['a', 1, null])],
    ['a key in capitals', plan([task('A')])],
    ['a key that is a path', plan([task('../a')])],
    ['a key of 41 letters', plan([task('a'.repeat(41))])],
    ['a title of blanks', plan([task('a', [], { title: '  ' })])],
    ['no title of its own', { ...plan([task('a')]), title: ' ' }],
    ['an objective of 4,001 letters', plan([task('a', [], { objective: 'x'.repeat(4_001) })])],
    ['an unknown tier', plan([{ ...task('a'), tier: 'huge' }])],
  ])('made of %s is refused in a sentence', (_, input) => {
    expect(refusal(input)).toMatch(/^The plan cannot be used: .+\.$/s)
  })

  it('names no more than ten faults of form', () => {
    const message = refusal(plan(Array.from({ length: 50 }, () => ({}))))
    expect(message.split('; ').length).toBe(10)
  })

  it('is taken exactly when its tasks can be put in an order', () => {
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'constructor', '0']
    const graph = fc.array(fc.subarray(keys), { minLength: 1, maxLength: keys.length })
    fc.assert(
      fc.property(graph, (lists) => {
        const used = keys.slice(0, lists.length)
        const needs = new Map(
          used.map((key, index) => [key, (lists[index] ?? []).filter((need) => used.includes(need))]),
        )
        const tasks = [...needs].map(([key, list]) => task(key, list))
        if (hasOrder(needs)) expect(checkPlan(plan(tasks)).tasks).toHaveLength(tasks.length)
        else expect(refusal(plan(tasks))).toContain('these tasks wait for each other')
      }),
      { numRuns: 500 },
    )
  })
})
