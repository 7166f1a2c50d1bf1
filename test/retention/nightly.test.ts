import { expect, inject, it, vi } from 'vitest'
import { nightOf } from '../../src/retention/nightly.ts'
import { startNightly } from '../../src/roles/nightly.ts'
import { useBed } from '../storage/support/bed.ts'
import { silentLog } from '../support/store.ts'

const [server] = inject('servers')
if (!server) throw new Error('no test server')
const bed = useBed(server)

it('a scheduler does the work of the night that it finds undone, beside others once, and closes in the middle of nothing', async () => {
  const parts = { openStore: bed().store, log: silentLog, lookAtQueue: async () => ({ lanes: [] }) }
  const hour = 3
  const nightlies = [1, 2].map(() => startNightly(parts, { hour, everyMs: 20 }))
  const runs = () =>
    bed().admin`select kind, night, ok from loom_shared.policy_runs where ended_at is not null order by 1`
  await vi.waitUntil(async () => (await runs()).length >= 3, { timeout: 30_000, interval: 50 })
  await Promise.all(nightlies.map((nightly) => nightly.close({ boundMs: 1_000 })))
  const night = nightOf(Date.now(), hour)
  expect((await runs()).map((row) => ({ ...row }))).toEqual(
    ['check', 'dump', 'purge'].map((kind) => ({ kind, night, ok: true })),
  )
})
