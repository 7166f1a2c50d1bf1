import { afterEach, describe, expect, inject, it } from 'vitest'
import type { Log } from '../../src/core/ports.ts'
import { driveErasures } from '../../src/retention/delete/drive.ts'
import { recordCheck, recordPurge } from '../../src/retention/nightly.ts'
import { forgetPerson } from '../../src/storage/erasure/forget-person.ts'
import { closeRequest } from '../../src/storage/requests/close.ts'
import { listRequests } from '../../src/storage/requests/list.ts'
import { loadRequest } from '../../src/storage/requests/load.ts'
import { openRequest } from '../../src/storage/requests/open.ts'
import { openTenant, useBed } from '../storage/support/bed.ts'
import { createClock } from '../support/clock.ts'
import { silentLog } from '../support/store.ts'
import { countOf, purgeDeps } from './support.ts'

const [server] = inject('servers')
if (!server) throw new Error('no test server')
const clock = createClock()
const bed = useBed(server, { keepRows: true, clock })
afterEach(() => clock.goTo(0))

const dayMs = 86_400_000

/** A night's check, with the errors that it wrote. */
async function check() {
  const errors: Record<string, unknown>[] = []
  const log: Log = { ...silentLog, error: (fields, message) => void errors.push({ ...fields, message }) }
  const store = { ...bed().store('loom_dump'), log }
  const purge = purgeDeps(bed())
  const proof = await recordCheck({
    purge: { ...purge, store: { ...purge.store, log } },
    check: { store, lookAtQueue: async () => ({ lanes: [] }) },
  })
  const finding = proof.body.findings.find(({ part }) => part === 'requests')
  return { finding, alarms: errors.filter(({ requestId }) => requestId !== undefined) }
}

describe('a request for a right', () => {
  it('has 30 days from the day it came: an alarm every night from day 25, a breach from day 30', async () => {
    const { context, store, tenantId } = await openTenant(bed())
    const ask = (kind: 'access' | 'delete', contact: string, days: number) =>
      openRequest(store, context, { kind, contact, receivedAtMs: clock.now() - days * dayMs })
    const { dueAtMs, requestId } = await ask('access', 'ada@example.com', 2)
    const other = await ask('delete', 'bo@example.com', 0)
    expect(Math.round((dueAtMs - clock.now()) / dayMs)).toBe(28)
    await clock.goTo(22.9)
    expect(await check()).toMatchObject({ finding: { breach: false, found: '2, oldest 24 d' }, alarms: [] })
    await clock.goTo(23.1)
    const { alarms, finding } = await check()
    expect(finding).toMatchObject({ breach: false })
    expect(alarms).toEqual([
      {
        ...{ requestId, tenantId, kind: 'access', days: 25, dueAt: new Date(dueAtMs).toISOString() },
        message: 'a request for a right waits for an answer',
      },
    ])
    await clock.goTo(28.1)
    expect((await check()).finding).toMatchObject({ breach: true, found: '2, oldest 30 d, 1 too late' })
    expect(
      await closeRequest(store, context, { requestId, state: 'answered', text: 'Sent.', by: 'Bea' }),
    ).toBe(true)
    expect(await closeRequest(store, context, { requestId, state: 'refused', text: 'Late.' })).toBe(false)
    expect(await loadRequest(store, context, { requestId })).toMatchObject({
      ...{ kind: 'access', state: 'answered', contact: 'ada@example.com' },
      answer: { text: 'Sent.', by: 'Bea' },
    })
    expect((await check()).finding).toMatchObject({ breach: false, found: '1, oldest 28 d' })
    await closeRequest(store, context, {
      requestId: other.requestId,
      state: 'refused',
      text: 'Nothing is kept.',
    })
    expect(await check()).toMatchObject({ finding: { found: 'none' }, alarms: [] })
    const all = await listRequests(bed().store('loom_dump'), { closed: true })
    expect(all.map(({ state }) => state).sort()).toEqual(['answered', 'refused'])
    const sealed = await bed().admin`select r::text as row from loom.requests r`
    expect(sealed.map(({ row }) => row).join()).not.toContain('example.com')

    await clock.goTo(119)
    await recordPurge(purgeDeps(bed()))
    expect(await countOf(bed(), 'requests', tenantId)).toBe(2)
    await clock.goTo(121)
    await recordPurge(purgeDeps(bed()))
    expect(await countOf(bed(), 'requests', tenantId)).toBe(0)
  })

  it('stays as the proof that it was answered when its person is forgotten, and says no more whose it was', async () => {
    const { context, identityId, store, tenantId } = await openTenant(bed())
    const ask = (contact: string) =>
      openRequest(store, context, { kind: 'delete', contact, identityId, receivedAtMs: clock.now() })
    const [closed, open] = [await ask('ada@example.com'), await ask('ada@example.org')]
    await closeRequest(store, context, {
      requestId: closed.requestId,
      state: 'answered',
      text: 'Ada, it is gone.',
    })
    await forgetPerson(store, context, { identityId })
    const deps = { store: bed().store(), purge: bed().store('loom_purge'), processors: [], ports: [] }
    while ((await driveErasures(deps)) > 0) {}
    const rows = await bed().admin`
      select id, state, identity_id, contact_sealed is null and answer_sealed is null as emptied
      from loom.requests where tenant_id = ${tenantId} order by id`
    expect(rows.map((row) => ({ ...row }))).toEqual([
      { id: closed.requestId, state: 'answered', identity_id: null, emptied: true },
      { id: open.requestId, state: 'open', identity_id: identityId, emptied: false },
    ])
  })
})
