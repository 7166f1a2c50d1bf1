import { dayMs } from './keep-days.ts'

/** What somebody can ask of whoever keeps their data. `minor`: that it is of a child. */
export const requestKinds = ['access', 'correct', 'port', 'delete', 'object', 'minor'] as const
export type RequestKind = (typeof requestKinds)[number]

export const requestStates = ['open', 'answered', 'refused'] as const
export type RequestState = (typeof requestStates)[number]

/** From the day it came: by when it must be answered, and from when on an open one is an alarm. */
export const answerDays = { due: 30, alarm: 25 } as const

export function dueMsOf(receivedAtMs: number): number {
  return receivedAtMs + answerDays.due * dayMs
}
