import { toLoomError } from '../../core/errors.ts'

/** One thing that the doctor looked at. A `note` is worth knowing and no fault. */
export interface Finding {
  part: string
  state: 'ok' | 'note' | 'fault'
  /** A sentence; a fault's says what to do. */
  text: string
}

/** What the checks of the rooms answer. */
export interface Checked {
  ok: readonly string[]
  faults: readonly string[]
  notes?: readonly string[]
}

export function findingsOf(part: string, { faults, notes = [], ok }: Checked): Finding[] {
  return [
    ...ok.map((text) => ({ part, state: 'ok', text }) as const),
    ...notes.map((text) => ({ part, state: 'note', text }) as const),
    ...faults.map((text) => ({ part, state: 'fault', text }) as const),
  ]
}

/** A check that cannot hang and cannot throw: what it throws is its finding. */
export async function look(
  part: string,
  check: () => Promise<Finding[]>,
  withinMs = 30_000,
): Promise<Finding[]> {
  const late = Promise.withResolvers<Finding[]>()
  const timer = setTimeout(
    () =>
      late.resolve([
        { part, state: 'fault', text: `This took longer than ${withinMs / 1_000} s and was given up.` },
      ]),
    withinMs,
  )
  try {
    return await Promise.race([check(), late.promise])
  } catch (thrown) {
    return [{ part, state: 'fault', text: toLoomError(thrown).message }]
  } finally {
    clearTimeout(timer)
  }
}
