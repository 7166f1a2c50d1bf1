import { test } from 'vitest'
import { expectOutlived } from './outage.ts'
import { useProcesses } from './processes.ts'

const processes = useProcesses()

test('database and queue go away in the middle of a step and come back: nothing is lost, done or paid for twice', async () => {
  await expectOutlived(processes, { awayMs: 5_000, redisDatabase: 9 })
})
