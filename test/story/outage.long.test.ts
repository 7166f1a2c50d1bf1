import { test } from 'vitest'
import { expectOutlived } from './outage.ts'
import { useProcesses } from './processes.ts'

const processes = useProcesses()

test('database and queue are gone for a whole minute: nothing is lost, done or paid for twice', async () => {
  await expectOutlived(processes, { awayMs: 60_000, redisDatabase: 9 })
})
