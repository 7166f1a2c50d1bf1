import path from 'node:path'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { openTestBed } from '../support/store.ts'
import { documentOf, examples, useProcesses } from './processes.ts'

/** A database of the machine's Redis that only this suite uses. */
const redisDatabase = 11

describe('a brief runs wherever its rows and rings are', () => {
  const processes = useProcesses()
  const redisUrl = inject('redisUrl')
  const queues = redisUrl
    ? [['Redis', `${redisUrl}/${redisDatabase}`] as const, ['Postgres', ''] as const]
    : [['Postgres', ''] as const]
  const places = inject('servers').flatMap((server) => queues.map(([queue, url]) => ({ server, queue, url })))

  afterEach(async () => {
    if (!redisUrl) return
    const redis = new Redis(`${redisUrl}/${redisDatabase}`)
    const keys = await redis.keys('loom:*')
    if (keys.length > 0) await redis.del(keys)
    await redis.quit()
  })

  test.each(places)('on $server.name with the queue on $queue', async ({ server, url }) => {
    const bed = await openTestBed(server)
    try {
      const cwd = await processes.folder()
      const files = ['churn-january.csv', 'churn-february.csv'].map((name) => path.join(examples, name))
      const env = { DATABASE_URL: bed.url, ...(url ? { REDIS_URL: url } : {}) }
      const ended = await processes.brief(['--json', 'Which plan lost the most customers?', ...files], {
        cwd,
        env,
      }).ended
      const document = documentOf(ended)

      expect([ended.code, document.outcome]).toEqual([0, 'done'])
      expect(document.files.map((file) => file.path)).toContain('final/report.md')
      const [jobs] = await bed.admin`select count(*)::int as jobs from loom.jobs where state = 'done'`
      expect(jobs).toEqual({ jobs: 1 })
      const [left] = await bed.admin`select count(*)::int as tasks from loom.ready_tasks`
      expect(left).toEqual({ tasks: 0 })
    } finally {
      await bed.close()
    }
  })
})
