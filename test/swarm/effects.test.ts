import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Tool, ToolResult } from '../../src/core/workspace.ts'
import { startScheduler } from '../../src/roles/scheduler.ts'
import { expireDueApprovals } from '../../src/storage/approvals/expire-due.ts'
import { loadApproval, openApprovals } from '../../src/storage/approvals/load.ts'
import { pressApproval } from '../../src/storage/approvals/press.ts'
import { inTenant, type TenantContext } from '../../src/storage/database.ts'
import { ensureIdentity } from '../../src/storage/identities/ensure.ts'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { viewJob } from '../../src/storage/jobs/view.ts'
import {
  call,
  lastResults,
  openSwarm,
  type Person,
  plan,
  type Swarm,
  say,
  scriptedModel,
} from './swarm-bed.ts'

let swarm: Swarm
let person: Person

beforeAll(async () => {
  swarm = await openSwarm()
})
beforeEach(async () => {
  person = await swarm.person()
})
afterEach(() => swarm.clear())
afterAll(() => swarm.close())

const results: { text: string; isError: boolean }[] = []
beforeEach(() => results.splice(0))
const noted = (request: Parameters<typeof lastResults>[0]) => {
  results.push(...lastResults(request))
  return say('Done.')
}
const result = (text: string): ToolResult => ({
  content: [{ type: 'text', text }],
  isError: false,
  activity: 'posting',
})

/** A service outside that does its work once for each key, and answers a repeat with what came of the first. */
function createLedger() {
  const done = new Map<string, string>()
  const asked: string[] = []
  return {
    done,
    asked,
    do(key: string): string {
      asked.push(key)
      const before = done.get(key)
      if (before !== undefined) return before
      const receipt = `receipt ${done.size + 1}`
      done.set(key, receipt)
      return receipt
    },
  }
}

type Ledger = ReturnType<typeof createLedger>
const noPause = async (_: 'before' | 'after'): Promise<void> => undefined

function postTool(ledger: Ledger, pause = noPause): Tool {
  return {
    spec: { name: 'post', description: 'Posts something.', inputSchema: { type: 'object' } },
    effect: 'outside',
    async run(_, { effectKey }) {
      await pause('before')
      const receipt = ledger.do(effectKey)
      await pause('after')
      return result(receipt)
    },
  }
}

describe('an effect outside', () => {
  test('is done with its reply committed, billed and unreserved; a plain step is committed once, as before', async () => {
    const ledger = createLedger()
    const seen: unknown[] = []
    const tool = postTool(ledger, async () => {
      const [step] = await swarm.bed.admin`
        select s.state, s.results_sealed is null as bare, u.subject_id is not null as billed,
               (select sum(reserved_micro_usd)::int from loom.budgets) as reserved
        from loom.steps s left join loom.usage_events u on u.subject_id = s.id order by s.created_at desc limit 1`
      seen.push(step)
    })
    const model = scriptedModel({
      plan: [plan('one')],
      one: [{ parts: [call('list', {})] }, { parts: [call('post', {}), call('post', {})] }, noted],
    })
    await swarm.work(model, { tools: [tool] })
    await person.answer(await person.ask('Find out.'))
    model.done()
    expect(seen).toHaveLength(4)
    for (const step of seen) expect(step).toEqual({ state: 'replied', bare: true, billed: true, reserved: 0 })
    expect(results.map(({ text }) => text)).toEqual(['receipt 1', 'receipt 2'])
    const [step] = await swarm.bed
      .admin`select count(*)::int as many from loom.steps where state = 'committed'`
    expect(step?.many).toBe(4)
    const kinds = await swarm.bed.admin`select kind from loom.events where kind in ('step', 'acted')`
    expect(kinds.map((row) => row.kind).sort()).toEqual(['acted', 'step', 'step', 'step', 'step'])
  })

  test.each(['before', 'after'] as const)(
    'is done once when its worker is lost %s it, and the model is not asked again',
    async (point) => {
      const ledger = createLedger()
      const reached = Promise.withResolvers<void>()
      const release = Promise.withResolvers<void>()
      const late = scriptedModel({ plan: [plan('one')], one: [{ parts: [call('post', {})] }] })
      const standing = postTool(ledger, async (at) => {
        if (at !== point) return
        reached.resolve()
        await release.promise
      })
      const lost = await swarm.work(late, { tools: [standing], slots: 1 })
      const jobId = await person.ask('Find out.')
      await reached.promise
      late.done()
      await swarm.bed.admin`update loom.ready_tasks set holder = null, lease_until = null`
      const good = scriptedModel({ one: [noted] })
      await swarm.work(good, { tools: [postTool(ledger)] })
      const answer = await person.answer(jobId)
      good.done()
      // The late twin comes back: what it does is under the same key, and what it writes is refused.
      release.resolve()
      await lost.close({ boundMs: 5_000 })
      expect(answer).toMatchObject({ outcome: 'done', markdown: 'Done.' })
      expect(ledger.done.size).toBe(1)
      expect(new Set(ledger.asked).size).toBe(1)
      expect(ledger.asked).toHaveLength(2)
      expect(results.map(({ text }) => text)).toEqual(['receipt 1'])
      const steps = await swarm.bed.admin`select state from loom.steps`
      expect(steps.map((row) => row.state)).toEqual(['committed', 'committed', 'committed'])
      expect(await swarm.bed.admin`select 1 from loom.usage_events`).toHaveLength(3)
    },
  )

  test('of a reply that the model broke off itself is not done', async () => {
    const ledger = createLedger()
    const model = scriptedModel({
      plan: [plan('one')],
      one: [{ parts: [call('post', {})], stop: 'refusal' }],
    })
    await swarm.work(model, { tools: [postTool(ledger)] })
    const answer = await person.answer(await person.ask('Find out.'))
    model.done()
    expect(answer.outcome).toBe('failed')
    expect(ledger.asked).toEqual([])
  })
})

function dropTool(ledger: Ledger): Tool {
  return {
    ...postTool(ledger),
    spec: { name: 'drop', description: 'Deletes something.', inputSchema: { type: 'object' } },
    needsApproval: (input) => {
      const table = (input as { table?: unknown }).table
      return table === 'mine' ? undefined : `Delete the table ${String(table)}.`
    },
  }
}

/** A job whose one agent waits to be allowed to delete something, with no worker left. */
async function waitingJob() {
  const model = scriptedModel({ plan: [plan('one')], one: [{ parts: [call('drop', { table: 'churn' })] }] })
  const ledger = createLedger()
  const worker = await swarm.work(model, { tools: [dropTool(ledger)] })
  const jobId = await person.ask('Find out.')
  const isSuspended = async () => (await person.state(jobId)) === 'suspended'
  await vi.waitUntil(isSuspended, { timeout: 20_000, interval: 10 })
  model.done()
  await worker.close({ boundMs: 100 })
  const [approval, ...others] = await openApprovals(swarm.store, person.context, { jobId })
  if (!approval || others.length > 0) throw new Error('one approval was expected')
  return { jobId, approvalId: approval.approvalId, approval, ledger }
}

async function goesOn(jobId: string, ledger: Ledger) {
  const model = scriptedModel({ one: [noted] })
  await swarm.work(model, { tools: [dropTool(ledger)] })
  await person.answer(jobId)
  model.done()
  return results[0]
}

const press = (approvalId: string, pressed: 'approved' | 'denied', context = person.context) =>
  pressApproval(swarm.store, context, { approvalId, press: pressed })

/** Somebody else of the account, on the platform or as its member. */
async function somebody(role: 'admin' | 'owner' | 'member' | 'guest', membership?: 'admin' | 'member') {
  const { tenantId } = person.account
  const sealer = await swarm.store.vault.sealer(tenantId, 'content')
  const name = { externalId: `${role}-${Math.random()}`, name: 'Somebody' }
  const { identityId } = await inTenant(swarm.store, tenantId, (tx) =>
    ensureIdentity({ store: swarm.store, tx, sealer }, { tenantId, platform: 'local', person: name, role }),
  )
  if (membership) await link(identityId, membership)
  return { tenantId, actor: { kind: 'person', identityId } } satisfies TenantContext
}

async function link(identityId: string, role: string, memberId = swarm.store.newId()): Promise<string> {
  const { tenantId } = person.account
  await swarm.bed.admin`
    insert into loom.members (tenant_id, id, role) values (${tenantId}, ${memberId}, ${role}) on conflict do nothing`
  await swarm.bed.admin`update loom.identities set member_id = ${memberId} where id = ${identityId}`
  return memberId
}

describe('a tool that needs an approval', () => {
  test('waits for it with no worker, says so, and is run once when the requester approves', async () => {
    const { approval, approvalId, jobId, ledger } = await waitingJob()
    expect(ledger.asked).toEqual([])
    expect(approval).toMatchObject({ asker: 'Task one', tool: 'drop', request: 'Delete the table churn.' })
    const view = await viewJob(swarm.store, person.context, { jobId })
    expect(view?.card).toMatchObject({ state: 'suspended', reason: 'approval' })
    expect(view?.card.rows[0]).toMatchObject({ state: 'suspended', activity: 'waits for approval' })
    expect(await swarm.bed.admin`select 1 from loom.ready_tasks`).toHaveLength(0)
    expect(await swarm.bed.admin`select 1 from loom.timers where kind = 'approval'`).toHaveLength(1)
    // Not as the owner, who may always: as who asked.
    await swarm.bed.admin`update loom.identities set role = 'guest'`
    expect(await press(approvalId, 'approved')).toEqual({ kind: 'approved' })
    expect(await swarm.bed.admin`select 1 from loom.timers where kind = 'approval'`).toHaveLength(0)
    expect(await goesOn(jobId, ledger)).toEqual({ text: 'receipt 1', isError: false })
    expect(ledger.asked).toHaveLength(1)
    const settled = await loadApproval(swarm.store, person.context, { approvalId })
    expect(settled).toMatchObject({ state: 'approved', pressedBy: 'Owner' })
    const audited = await swarm.bed.admin`
      select actor_kind, actor_id from loom.audit_log where action = 'approval.approve'`
    expect(audited).toEqual([{ actor_kind: 'person', actor_id: person.account.identityId }])
  })

  test('is run at once where its arguments need none', async () => {
    const ledger = createLedger()
    const model = scriptedModel({
      plan: [plan('one')],
      one: [{ parts: [call('drop', { table: 'mine' })] }, noted],
    })
    await swarm.work(model, { tools: [dropTool(ledger)] })
    await person.answer(await person.ask('Find out.'))
    model.done()
    expect(results).toEqual([{ text: 'receipt 1', isError: false }])
  })

  test('is not run when it is denied: the model reads that', async () => {
    const { approvalId, jobId, ledger } = await waitingJob()
    expect(await press(approvalId, 'denied')).toEqual({ kind: 'denied' })
    expect(await press(approvalId, 'approved')).toEqual({ kind: 'settled', state: 'denied' })
    expect(await goesOn(jobId, ledger)).toMatchObject({ isError: true })
    expect(results[0]?.text).toContain('denied')
    expect(ledger.asked).toEqual([])
  })

  test('is not run when nobody presses in time; the scheduler ends the waiting, once', async () => {
    const { approvalId, jobId, ledger } = await waitingJob()
    const later = { ...swarm.store, now: () => Date.now() + 25 * 3_600_000 }
    expect(await expireDueApprovals(swarm.store)).toBe(0)
    const both = await Promise.all([expireDueApprovals(later), expireDueApprovals(later)])
    expect(both.sort()).toEqual([0, 1])
    expect(await press(approvalId, 'approved')).toEqual({ kind: 'expired' })
    expect(await swarm.bed.admin`select 1 from loom.timers where kind = 'approval'`).toHaveLength(0)
    expect(await goesOn(jobId, ledger)).toMatchObject({ isError: true })
    expect(results[0]?.text).toContain('Nobody approved this in time')
    expect(ledger.asked).toEqual([])
  })

  test('does not wait for ever: the scheduler looks, and its worker is rung for', async () => {
    const { jobId, ledger } = await waitingJob()
    const openStore: typeof swarm.parts.openStore = (role) => ({
      ...swarm.parts.openStore(role),
      now: () => Date.now() + 25 * 3_600_000,
    })
    const rung: string[] = []
    const ring = (lane: 'bot' | 'worker') => {
      rung.push(lane)
      swarm.parts.ring(lane)
    }
    const scheduler = startScheduler({ log: swarm.parts.log, openStore, ring })
    await goesOn(jobId, ledger)
    await scheduler.close({ boundMs: 1_000 })
    expect(rung).toContain('worker')
    expect(results[0]?.text).toContain('Nobody approved this in time')
  })

  test('cannot be approved after its time, also before the scheduler has looked', async () => {
    const { approvalId, jobId, ledger } = await waitingJob()
    const later = { ...swarm.store, now: () => Date.now() + 25 * 3_600_000 }
    expect(await pressApproval(later, person.context, { approvalId, press: 'approved' })).toEqual({
      kind: 'expired',
    })
    await goesOn(jobId, ledger)
    expect(ledger.asked).toEqual([])
  })

  test('is not run with other arguments than those that were approved', async () => {
    const { approvalId, jobId, ledger } = await waitingJob()
    await press(approvalId, 'approved')
    await swarm.bed.admin`update loom.approvals set arguments_hash = ${Buffer.from('another')}`
    expect(await goesOn(jobId, ledger)).toMatchObject({ isError: true })
    expect(results[0]?.text).toContain('not what this call asks for')
    expect(ledger.asked).toEqual([])
  })

  test('takes the first of two that press at once', async () => {
    const { approvalId, jobId, ledger } = await waitingJob()
    const both = await Promise.all([press(approvalId, 'approved'), press(approvalId, 'denied')])
    expect(both.filter((one) => one?.kind === 'settled')).toHaveLength(1)
    const kept = both.find((one) => one?.kind !== 'settled')
    await goesOn(jobId, ledger)
    expect(ledger.asked).toHaveLength(kept?.kind === 'approved' ? 1 : 0)
  })

  test('is for the requester, owners and admins alone to decide', async () => {
    const { approvalId, jobId } = await waitingJob()
    const refused = [
      await somebody('guest'),
      await somebody('member'),
      await somebody('guest', 'member'),
      { tenantId: person.account.tenantId, actor: { kind: 'system' } },
      { tenantId: person.account.tenantId, actor: { kind: 'operator' } },
    ] satisfies TenantContext[]
    for (const context of refused) {
      await expect(press(approvalId, 'approved', context)).rejects.toMatchObject({ kind: 'forbidden' })
    }
    const gone = await somebody('guest', 'admin')
    await swarm.bed.admin`update loom.members set removed_at = now()`
    await expect(press(approvalId, 'approved', gone)).rejects.toMatchObject({ kind: 'forbidden' })
    expect(await person.state(jobId)).toBe('suspended')
    expect(await swarm.bed.admin`select 1 from loom.ready_tasks`).toHaveLength(0)
  })

  test.each(['an admin of the platform', 'a member who is an admin', 'the requester by another name'])(
    'may be decided by %s',
    async (who) => {
      const { approvalId } = await waitingJob()
      const context = {
        'an admin of the platform': () => somebody('admin'),
        'a member who is an admin': () => somebody('guest', 'admin'),
        'the requester by another name': async () => {
          const other = await somebody('guest')
          const memberId = await link(person.account.identityId, 'member')
          await link(other.actor.kind === 'person' ? other.actor.identityId : '', 'member', memberId)
          return other
        },
      }[who]
      expect(await press(approvalId, 'denied', await context?.())).toEqual({ kind: 'denied' })
    },
  )

  test('is withdrawn with its job', async () => {
    const { approvalId, jobId } = await waitingJob()
    await stopJob(swarm.store, person.context, { jobId, state: 'cancelled', answer: 'Stopped.' })
    expect(await press(approvalId, 'approved')).toEqual({ kind: 'settled', state: 'withdrawn' })
    expect(await swarm.bed.admin`select 1 from loom.timers where kind = 'approval'`).toHaveLength(0)
    expect(await swarm.bed.admin`select 1 from loom.ready_tasks`).toHaveLength(0)
  })
})
