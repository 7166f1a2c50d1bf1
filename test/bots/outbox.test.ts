import { createHash } from 'node:crypto'
import { expect, inject, it, vi } from 'vitest'
import { startOutbox } from '../../src/bots/outbox.ts'
import type { ChatPort, OutMessage } from '../../src/core/chat.ts'
import { LoomError } from '../../src/core/errors.ts'
import { createLinks } from '../../src/core/links.ts'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { openTenant, systemOf } from '../storage/support/bed.ts'
import { openJob } from '../storage/support/jobs.ts'
import { openTestBed, silentLog } from '../support/store.ts'

const links = createLinks({
  key: createHash('sha256').update('k').digest(),
  baseUrl: 'http://x',
  now: Date.now,
  ttlMs: 60_000,
})

/** Keeps the first message of a nonce, as platforms do, and loses its reply the first time. */
function createForgetfulPlatform() {
  const shown = new Map<string, OutMessage>()
  const lost = new Set<string>()
  const port: ChatPort = {
    platform: 'local',
    editEveryMs: 20,
    serves: () => true,
    async post(_thread, message, { nonce }) {
      if (!shown.has(nonce)) shown.set(nonce, message)
      if (lost.has(nonce)) return nonce
      lost.add(nonce)
      throw new LoomError({ kind: 'unavailable', message: 'The reply was lost.' })
    },
    async edit(_thread, ref, message) {
      shown.set(ref, message)
    },
    remove: async (_thread, ref) => (shown.delete(ref) ? 'removed' : 'gone'),
  }
  return { port, shown }
}

it('a card whose first post lost its reply still shows its last state', async () => {
  const [server] = inject('servers')
  if (!server) throw new Error('no test server')
  const bed = await openTestBed(server)
  const tenant = await openTenant(bed)
  const { jobId } = await openJob(bed, tenant)
  const platform = createForgetfulPlatform()
  const answered = Promise.withResolvers<void>()
  const outbox = startOutbox({
    store: bed.store(),
    port: platform.port,
    links,
    log: silentLog,
    onAnswer: () => answered.resolve(),
  })
  await vi.waitUntil(() => platform.shown.size > 0, { timeout: 20_000, interval: 5 })
  // Between the post whose reply was lost and the next try the job ends.
  await stopJob(tenant.store, systemOf(tenant), { jobId, state: 'cancelled', answer: 'Stopped.' })
  await answered.promise
  await outbox.close()
  const cards = [...platform.shown.values()].flatMap((message) =>
    message.kind === 'card' ? [message.card.state] : [],
  )
  expect(cards).toEqual(['cancelled'])
  await bed.close()
})

it.each([
  ['is shown again and again, because its platform wants so', 0, true],
  ['is shown once where nobody asks for more', undefined, false],
])('a card of which nothing new is known %s', async (_, renewEveryMs, again) => {
  const [server] = inject('servers')
  if (!server) throw new Error('no test server')
  const bed = await openTestBed(server)
  await openJob(bed, await openTenant(bed))
  let edits = 0
  const port: ChatPort = {
    platform: 'local',
    editEveryMs: 5,
    ...(renewEveryMs === undefined ? {} : { renewEveryMs }),
    serves: () => true,
    post: async (_thread, _message, { nonce }) => nonce,
    edit: async () => {
      edits += 1
    },
    remove: async () => 'gone',
  }
  const outbox = startOutbox({ store: bed.store(), port, links, log: silentLog })
  // Each look puts it back in its place, at a moment of its own.
  const looks = new Set<string>()
  await vi.waitUntil(
    async () => {
      const rows = await bed.admin<{ at: string }[]>`select due_at::text as at from loom.due_deliveries`
      return looks.add(rows[0]?.at ?? '').size > 5
    },
    { timeout: 20_000, interval: 5 },
  )
  await outbox.close()
  expect(edits > 2).toBe(again)
  expect(edits === 0).toBe(!again)
  await bed.close()
})
