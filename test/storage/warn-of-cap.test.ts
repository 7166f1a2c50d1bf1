import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { commitSteps } from '../../src/storage/steps/commit.ts'
import type { StepCommit } from '../../src/storage/steps/step-commit.ts'
import { describeOneServer } from '../support/store.ts'
import { openTenant, sealerOf, systemOf, useBed } from './support/bed.ts'
import { commitOf, done, stepOf, workingTask } from './support/jobs.ts'

describeOneServer('a cap that several jobs share', (server) => {
  const bed = useBed(server)

  /** Two jobs of one channel in the hands of one worker, with caps of their channel's day and the account's month. */
  const open = async (caps: { channel_day: number; tenant_month: number }) => {
    const tenant = await openTenant(bed())
    const holder = randomUUID()
    const one = await workingTask(bed(), tenant, { holder, graph: { a: [] } })
    const two = await workingTask(bed(), tenant, { holder, graph: { a: [] } })
    for (const [scope, cap] of Object.entries(caps))
      await bed().admin`
        update loom.budgets set cap_micro_usd = ${cap} where tenant_id = ${tenant.tenantId} and scope = ${scope}`
    return {
      one,
      two,
      spend: (...moves: [job: typeof one, ordinal: number, cost: number, part?: Partial<StepCommit>][]) =>
        commitSteps(tenant.store, systemOf(tenant), {
          holder,
          commits: moves.map(([job, ordinal, costMicroUsd, part]) =>
            commitOf(job.held, job.keys, { step: stepOf({ ordinal, costMicroUsd }), ...part }),
          ),
        }),
      notices: async () => {
        const sealer = await sealerOf(tenant)
        const rows = await bed().admin`
          select id, job_id, body_sealed from loom.deliveries
          where tenant_id = ${tenant.tenantId} and kind = 'notice' order by id`
        return rows.map((row) => ({
          job: row.job_id === one.jobId ? 'one' : 'two',
          text: sealer.openText(`deliveries.body:${row.id}`, row.body_sealed),
        }))
      },
    }
  }
  const ofChannel = {
    job: 'two',
    text: "85 % of this channel's cap for the day is spent: $0.85 of $1.00. At the cap its jobs pause, and what is done is kept.",
  }
  const ofMonth = {
    job: 'one',
    text: "90 % of the account's cap for the month is spent: $1.80 of $2.00. At the cap all jobs pause, and what is done is kept.",
  }

  it('is spoken of once at four fifths, in the thread of the job that passes them', async () => {
    const { notices, one, spend, two } = await open({ channel_day: 1_000_000, tenant_month: 9_000_000 })
    await spend([one, 0, 400_000])
    await spend([two, 0, 390_000])
    expect(await notices()).toEqual([])
    await spend([two, 1, 60_000])
    expect(await notices()).toEqual([ofChannel])
    await spend([one, 1, 50_000])
    await spend([two, 2, 50_000])
    expect(await notices()).toEqual([ofChannel])
  })

  it('is spoken of once when several pass it together', async () => {
    const { notices, one, spend, two } = await open({ channel_day: 9_000_000, tenant_month: 2_000_000 })
    await spend([one, 0, 900_000], [two, 0, 900_000])
    expect(await notices()).toEqual([ofMonth])
  })

  it('is spoken of also by a step that ends its job: the others go on', async () => {
    const { notices, one, spend } = await open({ channel_day: 9_000_000, tenant_month: 2_000_000 })
    await spend([one, 0, 1_800_000, { answers: true, ...done('the answer') }])
    expect(await notices()).toEqual([ofMonth])
  })
})
