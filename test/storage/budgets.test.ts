import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BudgetScope } from '../../src/core/words.ts'
import { type BudgetKey, budgetKeys } from '../../src/storage/budgets/keys.ts'
import { openBudgets } from '../../src/storage/budgets/open.ts'
import { type Spending, spendAlone, spendTogether } from '../../src/storage/budgets/spend.ts'
import { inTenant } from '../../src/storage/database.ts'
import { raiseCap, suspendJob } from '../../src/storage/jobs/suspend.ts'
import { commitSteps } from '../../src/storage/steps/commit.ts'
import { describeOneServer } from '../support/store.ts'
import { only, openTenant, systemOf, type Tenant, useBed } from './support/bed.ts'
import { claim, commitOf, workingTask } from './support/jobs.ts'

describe('the keys of a job’s money', () => {
  it('are its own, its channel’s day and the tenant’s month, of the moment it began in UTC', () => {
    const createdAtMs = Date.UTC(2026, 11, 31, 23, 59, 59, 999)
    expect(budgetKeys({ jobId: 'j', createdAtMs, address: 'slack:C1:1700.1:2' })).toEqual([
      { scope: 'job', key: 'j' },
      { scope: 'channel_day', key: 'slack:C1:2026-12-31' },
      { scope: 'tenant_month', key: '2026-12' },
    ])
  })
})

/** The rules of spending once more, in plain arithmetic: four agents that share one counter. */
function createCounter(cap: number) {
  const held = [0, 0, 0, 0]
  let settled = 0
  const reserved = () => held.reduce((sum, each) => sum + each, 0)
  return {
    now: () => ({ reserved: reserved(), settled }),
    plan(agent: number, move: { release: boolean; share: number; want: number; least: number }) {
      const mine = move.release ? (held[agent] ?? 0) : 0
      const settle = Math.floor(mine * move.share)
      const want = Math.max(move.want, move.least)
      const room = cap - settled - reserved() + mine - settle
      const expected = want <= room ? want : move.least <= room ? room : 0
      const spending = {
        releaseMicroUsd: mine,
        settleMicroUsd: settle,
        wantMicroUsd: want,
        leastMicroUsd: move.least,
      }
      return { spending, expected }
    },
    move(agent: number, spending: { releaseMicroUsd: number; settleMicroUsd: number }, granted: number) {
      held[agent] = (held[agent] ?? 0) - spending.releaseMicroUsd + granted
      settled += spending.settleMicroUsd
    },
  }
}

describeOneServer('budgets', (server) => {
  const bed = useBed(server)

  const open = async (tenant: Tenant, caps: Partial<Record<BudgetScope, number>>): Promise<BudgetKey[]> => {
    const keys = budgetKeys({ jobId: randomUUID(), createdAtMs: Date.now(), address: 'local:terminal:x' })
    await inTenant(tenant.store, tenant.tenantId, (tx) =>
      openBudgets(tx, { tenantId: tenant.tenantId, keys, jobCapMicroUsd: 1e9, monthCapMicroUsd: 1e9 }),
    )
    for (const { key, scope } of keys) {
      const cap = caps[scope]
      if (cap !== undefined)
        await bed().admin`
          update loom.budgets set cap_micro_usd = ${cap}
          where tenant_id = ${tenant.tenantId} and scope = ${scope} and key = ${key}`
    }
    return keys
  }
  const spend = (tenant: Tenant, keys: readonly BudgetKey[], part: Partial<Spending>) =>
    inTenant(tenant.store, tenant.tenantId, async (tx) => {
      const nothing = { releaseMicroUsd: 0, settleMicroUsd: 0, wantMicroUsd: 0, leastMicroUsd: 1 }
      return (await spendAlone(tx, { keys, ...nothing, ...part })).grantedMicroUsd
    })
  const stateOf = async (tenant: Tenant) => {
    const rows = await bed().admin`
      select scope, key, cap_micro_usd::float8 as cap, reserved_micro_usd::float8 as reserved,
             settled_micro_usd::float8 as settled from loom.budgets where tenant_id = ${tenant.tenantId} order by scope, key`
    return rows.map(
      (row) => ({ ...row }) as { scope: string; key: string; cap: number; reserved: number; settled: number },
    )
  }
  const of = async (tenant: Tenant, scope: BudgetScope) =>
    only((await stateOf(tenant)).filter((row) => row.scope === scope))

  /** Looks at the counters from a connection of its own for as long as `work` runs. Answers the worst it saw. */
  const watch = async (tenant: Tenant, work: () => Promise<unknown>) => {
    const seen = { looks: 0, over: 0, negative: 0 }
    let running = true
    const watching = (async () => {
      while (running || seen.looks === 0) {
        for (const row of await stateOf(tenant)) {
          if (row.reserved + row.settled > row.cap) seen.over += 1
          if (row.reserved < 0 || row.settled < 0) seen.negative += 1
        }
        seen.looks += 1
      }
    })()
    try {
      await work()
    } finally {
      running = false
      await watching
    }
    return seen
  }

  describe('under a hundred at once', () => {
    it.each<BudgetScope>(['job', 'channel_day', 'tenant_month'])(
      'a %s is never spent above its cap, at no moment',
      async (scope) => {
        const tenant = await openTenant(bed())
        const keys = await open(tenant, { [scope]: 1_000 })
        const granted: number[] = []
        const seen = await watch(tenant, () =>
          Promise.all(
            Array.from({ length: 100 }, async (_, index) => {
              granted.push(await spend(tenant, keys, { wantMicroUsd: 30 + (index % 7), leastMicroUsd: 25 }))
            }),
          ),
        )
        expect(seen).toMatchObject({ over: 0, negative: 0 })
        const sum = granted.reduce((total, each) => total + each, 0)
        expect(await of(tenant, scope)).toMatchObject({ reserved: sum, settled: 0 })
        // Whoever got nothing would not have got the least either.
        expect(sum).toBeGreaterThan(1_000 - 25)
        expect(granted.filter((each) => each !== 0 && each < 25)).toEqual([])
      },
    )

    it('reserving, settling and giving back at once leaves exactly what was spent', async () => {
      const tenant = await openTenant(bed())
      const keys = await open(tenant, { job: 2_000 })
      let spent = 0
      const seen = await watch(tenant, () =>
        Promise.all(
          Array.from({ length: 50 }, async (_, index) => {
            const held = await spend(tenant, keys, { wantMicroUsd: 100 })
            const settle = Math.floor(held / (1 + (index % 3)))
            await spend(tenant, keys, { releaseMicroUsd: held, settleMicroUsd: settle })
            spent += settle
          }),
        ),
      )
      expect(seen).toMatchObject({ over: 0, negative: 0 })
      for (const row of await stateOf(tenant)) expect(row).toMatchObject({ reserved: 0, settled: spent })
    })
  })

  describe('shared by a hundred agents, each over many steps', () => {
    it.each<BudgetScope>(['job', 'channel_day', 'tenant_month'])(
      'a %s is used up to its last step and never passed, whatever the steps come to cost',
      async (scope) => {
        const cap = 10_000
        const tenant = await openTenant(bed())
        const keys = await open(tenant, { [scope]: cap })
        const usage = fc.sample(fc.integer({ min: 0, max: 100 }), { numRuns: 100, seed: 7 })
        const counted = { reservations: 0, refused: 0, spent: 0 }
        const step = async (share: number) => {
          const held = await spend(tenant, keys, { wantMicroUsd: 100, leastMicroUsd: 50 })
          counted[held === 0 ? 'refused' : 'reservations'] += 1
          const settleMicroUsd = Math.round((held * share) / 100)
          counted.spent += settleMicroUsd
          await spend(tenant, keys, { releaseMicroUsd: held, settleMicroUsd })
          return held
        }
        const agent = async (share: number) => {
          for (let steps = 0; steps < 5; steps += 1) await step(share)
        }
        const seen = await watch(tenant, () => Promise.all(usage.map(agent)))
        expect(seen).toMatchObject({ over: 0, negative: 0 })
        expect(counted.refused).toBeGreaterThan(0)
        // Whoever comes last finds all that nobody spent, down to the least that a step can begin with.
        while ((await step(100)) > 0) expect(counted.spent).toBeLessThanOrEqual(cap)
        expect(counted.spent).toBeGreaterThan(cap - 50)
        expect(await of(tenant, scope)).toMatchObject({ cap, reserved: 0, settled: counted.spent })
      },
    )
  })

  describe('in any order of reserving, settling and giving back', () => {
    it('follow the arithmetic: never above a cap, never below zero', async () => {
      const tenant = await openTenant(bed())
      const move = fc.record({
        together: fc.boolean(),
        agent: fc.nat({ max: 3 }),
        release: fc.boolean(),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
        want: fc.integer({ min: 0, max: 60 }),
        least: fc.integer({ min: 1, max: 60 }),
      })
      await fc.assert(
        fc.asyncProperty(
          fc.nat({ max: 150 }),
          fc.array(move, { minLength: 1, maxLength: 12 }),
          async (cap, moves) => {
            const keys = (await open(tenant, { job: cap })).filter((key) => key.scope === 'job')
            const counter = createCounter(cap)
            for (const { agent, together, ...rest } of moves) {
              const { expected, spending } = counter.plan(agent, rest)
              const before = only((await stateOf(tenant)).filter((row) => row.key === keys[0]?.key))
              const granted = await inTenant(tenant.store, tenant.tenantId, async (tx) => {
                if (!together) return (await spendAlone(tx, { keys, ...spending })).grantedMicroUsd
                return (await spendTogether(tx, [{ keys, ...spending }])) ? spending.wantMicroUsd : undefined
              })
              if (granted === undefined) expect(expected).toBeLessThan(spending.wantMicroUsd)
              else {
                expect(granted).toBe(expected)
                counter.move(agent, spending, granted)
              }
              const after = only((await stateOf(tenant)).filter((row) => row.key === keys[0]?.key))
              expect(after).toEqual({ ...before, ...counter.now() })
              expect(after.settled + after.reserved).toBeLessThanOrEqual(cap)
            }
          },
        ),
        { numRuns: 12, endOnFailure: true },
      )
    })
  })

  describe('that are nearly full', () => {
    it('grant what is left, down to the least, and then nothing', async () => {
      const tenant = await openTenant(bed())
      const keys = await open(tenant, { job: 100 })
      expect(await spend(tenant, keys, { wantMicroUsd: 70, leastMicroUsd: 10 })).toBe(70)
      expect(await spend(tenant, keys, { wantMicroUsd: 70, leastMicroUsd: 31 })).toBe(0)
      expect(await spend(tenant, keys, { wantMicroUsd: 70, leastMicroUsd: 30 })).toBe(30)
      expect(await spend(tenant, keys, { wantMicroUsd: 1, leastMicroUsd: 1 })).toBe(0)
      expect(await of(tenant, 'job')).toMatchObject({ reserved: 100, settled: 0 })
    })

    it('are as narrow as the narrowest of job, day and month', async () => {
      const tenant = await openTenant(bed())
      const keys = await open(tenant, { job: 100, channel_day: 60, tenant_month: 80 })
      expect(await spend(tenant, keys, { wantMicroUsd: 90 })).toBe(60)
    })

    it('settle what was spent also where no next step is granted', async () => {
      const tenant = await openTenant(bed())
      const keys = await open(tenant, { job: 50 })
      await spend(tenant, keys, { wantMicroUsd: 50 })
      const next = { releaseMicroUsd: 50, settleMicroUsd: 45, wantMicroUsd: 50, leastMicroUsd: 6 }
      expect(await spend(tenant, keys, next)).toBe(0)
      expect(await of(tenant, 'job')).toMatchObject({ reserved: 0, settled: 45 })
    })

    it('refuse a group as a whole when it does not fit, and change nothing', async () => {
      const tenant = await openTenant(bed())
      const keys = await open(tenant, { job: 100 })
      const member = { keys, releaseMicroUsd: 0, settleMicroUsd: 10, wantMicroUsd: 45, leastMicroUsd: 1 }
      const refused = inTenant(tenant.store, tenant.tenantId, async (tx) => {
        if (!(await spendTogether(tx, [member, member]))) throw new Error('does not fit')
      })
      await expect(refused).rejects.toThrow('does not fit')
      expect(await of(tenant, 'job')).toMatchObject({ reserved: 0, settled: 0 })
      const fits = { ...member, wantMicroUsd: 40 }
      expect(await inTenant(tenant.store, tenant.tenantId, (tx) => spendTogether(tx, [fits, fits]))).toEqual(
        [],
      )
      expect(await of(tenant, 'job')).toMatchObject({ reserved: 80, settled: 20 })
    })

    it('never give back more than was held: that is a fault, and it changes nothing', async () => {
      const tenant = await openTenant(bed())
      const keys = await open(tenant, {})
      await spend(tenant, keys, { wantMicroUsd: 10 })
      await expect(spend(tenant, keys, { releaseMicroUsd: 11 })).rejects.toMatchObject({
        kind: 'internal',
        detail: '23514',
      })
      expect(await of(tenant, 'job')).toMatchObject({ reserved: 10 })
    })
  })

  describe('of a month', () => {
    it('are shared by the tenant’s jobs, and by nobody else’s', async () => {
      const [tenant, other] = [await openTenant(bed()), await openTenant(bed())]
      const [one, two] = [await open(tenant, { tenant_month: 100 }), await open(tenant, {})]
      await open(other, {})
      expect(await spend(tenant, one, { wantMicroUsd: 60 })).toBe(60)
      expect(await spend(tenant, two, { wantMicroUsd: 60 })).toBe(40)
      expect(await of(tenant, 'tenant_month')).toMatchObject({ cap: 100, reserved: 100 })
      expect(await of(other, 'tenant_month')).toMatchObject({ reserved: 0 })
    })
  })

  describe('of a job that rests', () => {
    it('keep what is held, have no ready row and wake to the raised cap', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const { held, jobId, keys } = await workingTask(bed(), tenant, {
        holder,
        mention: { capMicroUsd: 100 },
      })
      const ask = (task: typeof held, want: number, release = 0) =>
        commitSteps(tenant.store, systemOf(tenant), {
          holder,
          commits: [
            commitOf(task, keys, { wantMicroUsd: want, leastMicroUsd: want, releaseMicroUsd: release }),
          ],
        })
      expect(await ask(held, 100)).toMatchObject([{ grantedMicroUsd: 100 }])
      expect(await suspendJob(tenant.store, tenant.context, { jobId, reason: 'cap' })).toBe(true)
      expect(await suspendJob(tenant.store, tenant.context, { jobId, reason: 'cap' })).toBe(false)
      expect(await bed().admin`select 1 from loom.ready_tasks where job_id = ${jobId}`).toHaveLength(0)
      expect(await claim(tenant, { holder })).toEqual([])
      expect(await of(tenant, 'job')).toMatchObject({ cap: 100, reserved: 100 })
      expect(await raiseCap(tenant.store, tenant.context, { jobId, capMicroUsd: 150 })).toBe(true)
      expect(await raiseCap(tenant.store, tenant.context, { jobId, capMicroUsd: 150 })).toBe(false)
      const job = only(
        await bed().admin`select state, reason, cap_micro_usd::int as cap from loom.jobs where id = ${jobId}`,
      )
      expect({ ...job }).toEqual({ state: 'running', reason: null, cap: 150 })
      const again = only((await claim(tenant, { holder })).filter((task) => task.taskId === held.taskId))
      expect(await ask(again, 150, 100)).toMatchObject([{ grantedMicroUsd: 150 }])
      expect(await of(tenant, 'job')).toMatchObject({ cap: 150, reserved: 150 })
    })

    it('are not lowered by a raise to less', async () => {
      const tenant = await openTenant(bed())
      const { jobId } = await workingTask(bed(), tenant, {
        holder: randomUUID(),
        mention: { capMicroUsd: 100 },
      })
      await suspendJob(tenant.store, tenant.context, { jobId, reason: 'cap' })
      expect(await raiseCap(tenant.store, tenant.context, { jobId, capMicroUsd: 1 })).toBe(true)
      expect(await of(tenant, 'job')).toMatchObject({ cap: 100 })
    })

    it('wait for their own reason: a job that asks a question is not woken by money', async () => {
      const tenant = await openTenant(bed())
      const { jobId } = await workingTask(bed(), tenant, { holder: randomUUID() })
      await suspendJob(tenant.store, tenant.context, { jobId, reason: 'question' })
      expect(await raiseCap(tenant.store, tenant.context, { jobId, capMicroUsd: 1e8 })).toBe(false)
      expect(await bed().admin`select 1 from loom.ready_tasks where job_id = ${jobId}`).toHaveLength(0)
    })
  })
})
