import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Outbox } from '../../../src/bots/outbox.ts'
import { requestDeletion, undoDeletion } from '../../../src/storage/erasure/delete-tenant.ts'
import { openOutbox } from '../support/outbox.ts'
import { openSlackBed, type SlackBed } from './support/slack-bed.ts'

let bed: SlackBed
let outbox: Outbox
beforeAll(async () => {
  bed = await openSlackBed()
  outbox = openOutbox(bed.store, bed.slack.ports)
})
afterAll(async () => {
  await outbox.close()
  await bed.close()
})

test('a deletion that is taken back is told where it ended work: once, and the thread goes on when it is asked', async () => {
  const { account, ana, channel, loom } = await bed.workspace()
  const context = { tenantId: account.tenantId, actor: { kind: 'operator' } } as const
  const root = ana.says(channel.id, `${loom} compare the exports`)
  const quiet = ana.says(channel.id, 'Something between people')
  const texts = () => channel.thread(root.ts).map(({ text }) => text)
  await expect.poll(texts, { timeout: 30_000 }).toHaveLength(2)
  await requestDeletion(bed.store, context, { reason: 'request', undoMs: 86_400_000 })
  await expect
    .poll(() => texts().join('\n'), { timeout: 30_000 })
    .toContain('account of Loom is being deleted')
  expect(await undoDeletion(bed.store, context)).toBe(true)
  await expect.poll(() => texts().at(-1), { timeout: 30_000 }).toMatch(/^This account of Loom is not deleted/)
  expect(await undoDeletion(bed.store, context)).toBe(false)
  expect(channel.thread(quiet.ts)).toHaveLength(1)
  ana.says(channel.id, { text: `${loom} go on, please`, threadTs: root.ts })
  await expect
    .poll(() => bed.jobs(), { timeout: 30_000 })
    .toMatchObject([{ state: 'cancelled' }, { state: 'received' }])
  const told = texts().filter((text) => text.startsWith('This account of Loom is not deleted'))
  expect(told).toHaveLength(1)
})
