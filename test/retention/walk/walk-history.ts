import fc, { type RunDetails } from 'fast-check'
import { expect } from 'vitest'
import type { TestServer } from '../../support/store.ts'
import { unplaced } from './coverage.ts'
import { type Deed, histories } from './history.ts'
import type { OpenShelf } from './shelves.ts'
import { walk } from './walk.ts'

/**
 * Walks one random history of that size, another for each `LOOM_WALK_SEED`. A history is too long to be read or made
 * shorter: what is told is the first night on which something was wrong, and the seed.
 */
export async function walkHistory(
  server: TestServer,
  size: {
    days: number
    hosts: number
    deeds: number
    canaries: number
    shelf?: OpenShelf
    tell?: (line: string) => void
  },
): Promise<void> {
  const seed = Number(process.env.LOOM_WALK_SEED ?? 1)
  await fc.assert(
    fc.asyncProperty(histories(size), async (history) => {
      const walked = await walk(server, { ...size, history })
      expect(unplaced(walked.places)).toEqual([])
      expect(walked.canaries).toBeGreaterThanOrEqual(size.canaries)
    }),
    { seed, numRuns: 1, endOnFailure: true, reporter: tellSeed },
  )
}

function tellSeed({ errorInstance, failed, seed }: RunDetails<[Deed[]]>): void {
  if (failed) throw new Error(`LOOM_WALK_SEED=${seed} walks it again`, { cause: errorInstance })
}
