import fc from 'fast-check'
import { expect, inject, it } from 'vitest'
import { unplaced } from './coverage.ts'
import { histories } from './history.ts'
import { tellSeed, walk } from './walk.ts'

const [server] = inject('servers')
if (!server) throw new Error('no test server')
const size = { days: 120, hosts: 8, deeds: 180 }

it('keeps everything its time and nothing longer, on each of 120 days of eight accounts', async () => {
  const seed = Number(process.env.LOOM_WALK_SEED ?? 1)
  await fc.assert(
    fc.asyncProperty(histories(size), async (history) => {
      const walked = await walk(server, { ...size, history })
      expect(unplaced(walked.places)).toEqual([])
    }),
    { seed, numRuns: 1, endOnFailure: true, reporter: tellSeed },
  )
}, 600_000)
