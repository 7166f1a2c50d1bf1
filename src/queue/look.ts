import { LoomError } from '../core/errors.ts'
import { lanes } from '../core/words.ts'
import { openQueue, type QueuePlace, shut } from '../queue.ts'

/** What lies in the queue: rings, of which none should carry anything or be old. */
export interface QueueLook {
  lanes: { name: string; waiting: number; withData: number; oldestMs: number | undefined }[]
}

const mostJobs = 10_000
const boundMs = 15_000
const states = ['waiting', 'active', 'delayed', 'prioritized', 'completed', 'failed'] as const

/** Looks at every ring that is anywhere in the queue. Throws `unavailable` when it does not answer. */
export async function lookAtQueue(place: QueuePlace, nowMs: number): Promise<QueueLook> {
  const looks = lanes.map(async (lane) => {
    const queue = openQueue(place, lane)
    queue.on('error', () => undefined)
    try {
      const jobs = await within(boundMs, queue.getJobs([...states], 0, mostJobs))
      const oldest = Math.min(...jobs.map(({ timestamp }) => timestamp))
      return {
        name: lane,
        waiting: jobs.length,
        withData: jobs.filter(({ data }) => JSON.stringify(data ?? {}) !== '{}').length,
        oldestMs: jobs.length > 0 ? nowMs - oldest : undefined,
      }
    } finally {
      await shut(queue)
    }
  })
  return { lanes: await Promise.all(looks) }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const message = 'The queue does not answer. Check REDIS_URL or DATABASE_URL.'
  const timer = setTimeout(() => late.reject(new LoomError({ kind: 'unavailable', message })), ms)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
