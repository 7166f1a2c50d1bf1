import { describe, expect, it } from 'vitest'
import { endedStates, isEnded, type JobState, jobStates, statesBefore } from '../../src/core/job-states.ts'

describe('the states of a job', () => {
  it('end in done, failed and cancelled, and in nothing else', () => {
    expect(jobStates.filter(isEnded)).toEqual([...endedStates])
  })

  it('are never left once they have ended', () => {
    for (const to of jobStates) expect(statesBefore(to).filter(isEnded)).toEqual([])
  })

  it('lead from every living state to failed and to cancelled', () => {
    const living = jobStates.filter((state) => !isEnded(state))
    expect(statesBefore('failed')).toEqual(living)
    expect(statesBefore('cancelled')).toEqual(living)
  })

  it('are all reached, from the first two that a job may begin in', () => {
    const reached = new Set<JobState>(['held', 'received'])
    for (let before = 0; before !== reached.size; ) {
      before = reached.size
      for (const to of jobStates) if (statesBefore(to).some((from) => reached.has(from))) reached.add(to)
    }
    expect([...reached].sort()).toEqual([...jobStates].sort())
  })

  it('go forward through a run, with rest where an agent works', () => {
    expect(statesBefore('received')).toEqual(['held'])
    expect(statesBefore('gathering')).toEqual(['received'])
    expect(statesBefore('suspended')).toEqual(['gathering', 'planning', 'running', 'synthesizing'])
    expect(statesBefore('done')).toEqual(['planning', 'running', 'synthesizing'])
  })
})
