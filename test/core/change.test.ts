import { describe, expect, it } from 'vitest'
import { LoomError } from '../../src/core/errors.ts'
import { checkChange, checkPlan } from '../../src/core/plan.ts'

const task = (key: string, part: object = {}) => ({ key, title: `Task ${key}`, objective: 'do it', ...part })
const tools = ['list', 'read', 'write']

function refusal(check: () => unknown): string {
  try {
    check()
  } catch (error) {
    if (error instanceof LoomError && error.kind === 'invalid_input') return error.message
    throw error
  }
  throw new Error('it was accepted')
}

describe('what a task of a plan may ask for', () => {
  it('is taken as it is', () => {
    const part = {
      ...{ ifFails: 'stop', tools: ['read', 'write'], maxSteps: 12 },
      artifacts: ['final/churn.csv', 'final/charts/by plan.svg'],
    }
    const plan = checkPlan({ title: 'A plan', tasks: [task('a', part), task('b')], enough: 2 }, tools)
    expect(plan).toMatchObject({ enough: 2, tasks: [part, { key: 'b' }] })
  })

  it('may be null, as some models fill in what they leave out', () => {
    const empty = { ifFails: null, enough: null, tools: null, maxSteps: null, artifacts: null, needs: null }
    const plan = checkPlan({ title: 'A plan', tasks: [task('a', empty)], enough: null }, tools)
    expect(plan.tasks[0]).toEqual({ ...task('a'), output: '', files: [], needs: [], tier: 'standard' })
  })

  it.each<[string, object[], string]>([
    [
      'more needs than it has',
      [task('b'), task('a', { needs: ['b', 'b'], enough: 2 })],
      'a wants 2 of its needs to end well and has 1',
    ],
    ['some of no needs', [task('a', { enough: 1 })], 'a wants 1 of its needs to end well and has 0'],
    ['none of its needs', [task('a', { enough: 0 })], 'tasks.0.enough: '],
    ['an unknown policy', [task('a', { ifFails: 'panic' })], 'tasks.0.ifFails: '],
    [
      'a tool that there is not',
      [task('a', { tools: ['read', 'shell'] })],
      'a is to use shell, which is no tool; there are list, read, write',
    ],
    [
      'a file without the tool for it',
      [task('a', { tools: ['read'], artifacts: ['final/a.md'] })],
      'a is to write final/a.md and may not use write',
    ],
    ['one step', [task('a', { maxSteps: 1 })], 'tasks.0.maxSteps: '],
    ['more steps than there are', [task('a', { maxSteps: 61 })], 'tasks.0.maxSteps: '],
    [
      'the file of another',
      [task('a', { artifacts: ['final/x.md'] }), task('b', { artifacts: ['final/x.md'] })],
      'a and b are both to write final/x.md',
    ],
    ...[
      'a.md',
      'final',
      'final/',
      'final//a',
      'final/../a',
      'final/.a',
      'final/a\\b',
      '/final/a',
      'inputs/a',
    ].map((path): [string, object[], string] => [
      `a file at ${path}`,
      [task('a', { artifacts: [path] })],
      `a is to write ${path}, which is no path under final/`,
    ]),
  ])('is not %s', (_, tasks, fault) => {
    expect(refusal(() => checkPlan({ title: 'A plan', tasks }, tools))).toContain(fault)
  })

  it('is not an answer from more tasks than there are', () => {
    expect(refusal(() => checkPlan({ title: 'A plan', tasks: [task('a')], enough: 2 }))).toBe(
      'The plan cannot be used: enough is 2, and there are 1 tasks.',
    )
  })
})

describe('a change of a plan', () => {
  const at = { known: ['a', 'b'], tools }

  it('may need tasks that are there and tasks that it adds', () => {
    const add = [task('c', { needs: ['a', 'd'] }), task('d')]
    const change = checkChange({ add, drop: ['b'] }, at)
    expect(change.drop).toEqual(['b'])
    expect(change.add.map((each) => [each.key, each.needs])).toEqual([
      ['c', ['a', 'd']],
      ['d', []],
    ])
  })

  it.each<[string, unknown, string]>([
    ['changes nothing', {}, 'it adds nothing and drops nothing'],
    ['names a task again', { add: [task('a')] }, 'two tasks are called a'],
    [
      'needs what is not there',
      { add: [task('c', { needs: ['x'] })] },
      'c needs x, which is not in the plan',
    ],
    [
      'needs what it drops',
      { add: [task('c', { needs: ['a'] })], drop: ['a'] },
      'c needs a, which is to be dropped',
    ],
    ['drops what is not there', { drop: ['x'] }, 'there is no task x to drop'],
    ['leaves nothing', { drop: ['b', 'a'] }, 'nothing would be left of the plan'],
    ['waits for itself', { add: [task('c', { needs: ['d'] }), task('d', { needs: ['c'] })] }, 'c → d → c'],
    ['asks for a tool that there is not', { add: [task('c', { tools: ['shell'] })] }, 'which is no tool'],
    ['is no change', 'please', 'The change cannot be used: change: '],
  ])('is refused that %s', (_, change, fault) => {
    expect(refusal(() => checkChange(change, at))).toContain(fault)
  })

  it('keeps the plan within its limit, what was there included', () => {
    const known = Array.from({ length: 99 }, (_, index) => `t${index}`)
    expect(checkChange({ add: [task('a')] }, { known }).add).toHaveLength(1)
    expect(refusal(() => checkChange({ add: [task('a'), task('b')] }, { known }))).toContain(
      'the plan would have 101 tasks; 100 are the most',
    )
  })
})
