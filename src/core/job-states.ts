export const jobStates = [
  'held',
  'received',
  'gathering',
  'planning',
  'running',
  'suspended',
  'synthesizing',
  'done',
  'failed',
  'cancelled',
] as const
export type JobState = (typeof jobStates)[number]

const next: Record<JobState, readonly JobState[]> = {
  held: ['received', 'cancelled', 'failed'],
  received: ['gathering', 'planning', 'cancelled', 'failed'],
  gathering: ['planning', 'suspended', 'cancelled', 'failed'],
  planning: ['running', 'synthesizing', 'suspended', 'done', 'cancelled', 'failed'],
  running: ['suspended', 'synthesizing', 'done', 'cancelled', 'failed'],
  suspended: ['planning', 'running', 'synthesizing', 'cancelled', 'failed'],
  synthesizing: ['running', 'suspended', 'done', 'cancelled', 'failed'],
  done: [],
  failed: [],
  cancelled: [],
}

export const endedStates = ['done', 'failed', 'cancelled'] as const satisfies readonly JobState[]

export function isEnded(state: JobState): boolean {
  return next[state].length === 0
}

/** The states a job may be in just before `to`: what a compare-and-set update names in its WHERE. */
export function statesBefore(to: JobState): JobState[] {
  return jobStates.filter((from) => next[from].includes(to))
}
