import { describe, test } from 'vitest'
import { expectGoesOn, leftAlone } from './killed.ts'
import { useProcesses } from './processes.ts'

const processes = useProcesses()

/** Two of the points; the others are in `kill.long.test.ts`. */
describe('a brief whose process is killed with -9 goes on with the same command and ends once', () => {
  test('killed between a reply and its commit, and between the post of the answer and its mark', async () => {
    const before = await leftAlone(processes)
    await Promise.all([expectGoesOn(processes, 'replied', before), expectGoesOn(processes, 'posted', before)])
  })
})
