import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadAnswer } from '../../src/storage/jobs/answer.ts'
import { findUnfinished } from '../../src/storage/jobs/find.ts'
import { listJobs } from '../../src/storage/jobs/list.ts'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { commitSteps } from '../../src/storage/steps/commit.ts'
import type { StepCommit } from '../../src/storage/steps/step-commit.ts'
import { describeOneServer } from '../support/store.ts'
import { only, openTenant, systemOf, type Tenant, useBed } from './support/bed.ts'
import { claim, commitOf, done, fileOf, openJob, planJob, stepOf, workingTask } from './support/jobs.ts'

describeOneServer('the answer of a job', (server) => {
  const bed = useBed(server)

  const answerOf = async (tenant: Tenant, jobId: string) => {
    const answer = await loadAnswer(tenant.store, tenant.context, { jobId })
    if (!answer) throw new Error('no answer')
    return answer
  }
  const commit = (tenant: Tenant, holder: string, commits: readonly StepCommit[]) =>
    commitSteps(tenant.store, systemOf(tenant), { holder, commits })

  it('is not there while the job lives', async () => {
    const tenant = await openTenant(bed())
    const { jobId } = await openJob(bed(), tenant)
    expect(await loadAnswer(tenant.store, tenant.context, { jobId })).toBeUndefined()
    expect(await loadAnswer(tenant.store, tenant.context, { jobId: randomUUID() })).toBeUndefined()
  })

  it('has a receipt that agrees with the usage rows to the micro-dollar, by model and by agent', async () => {
    const tenant = await openTenant(bed())
    const tokens = fc.nat({ max: 5_000_000 })
    const step = fc.record({
      model: fc.constantFrom('anthropic/claude-sonnet-4-6', 'anthropic/claude-haiku-4-5', 'openai/gpt-5.4'),
      costMicroUsd: fc.nat({ max: 333_333 }),
      usage: fc.record({
        inputTokens: tokens,
        cacheReadTokens: tokens,
        cacheWriteTokens: tokens,
        outputTokens: tokens,
      }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 9 }),
        fc.array(step, { minLength: 1, maxLength: 3 }),
        async (a, b) => {
          const holder = randomUUID()
          const job = await planJob(bed(), tenant, { graph: { only: [] } })
          const held = only((await claim(tenant, { holder })).filter((task) => task.jobId === job.jobId))
          for (const [ordinal, { model, ...rest }] of [...a, ...b].entries()) {
            const [provider = '', name = ''] = model.split('/')
            await commit(tenant, holder, [
              commitOf(held, job.keys, { step: stepOf({ ordinal, provider, model: name, ...rest }) }),
            ])
          }
          await commit(tenant, holder, [commitOf(held, job.keys, { answers: true, ...done('it is so') })])
          const { receipt } = await answerOf(tenant, job.jobId)
          const rows = await bed().admin`
          select provider, model, count(*)::int as steps, sum(input_tokens)::int as input, sum(cache_read_tokens)::int as read,
                 sum(cache_write_tokens)::int as write, sum(output_tokens)::int as output, sum(cost_micro_usd)::int as cost
          from loom.usage_events where job_id = ${job.jobId} group by 1, 2 order by 1, 2`
          expect(receipt.models).toEqual(
            rows.map((row) => ({
              provider: row.provider,
              model: row.model,
              steps: row.steps,
              inputTokens: row.input,
              cacheReadTokens: row.read,
              cacheWriteTokens: row.write,
              outputTokens: row.output,
              costMicroUsd: row.cost,
            })),
          )
          const spent = [...a, ...b].reduce((sum, each) => sum + each.costMicroUsd, 0)
          expect(receipt).toMatchObject({
            agents: 1,
            steps: a.length + b.length,
            costMicroUsd: spent,
            capMicroUsd: 5_000_000,
          })
          expect(receipt.byAgent).toEqual([
            { title: 'Task only', steps: a.length + b.length, costMicroUsd: spent },
          ])
          const settled = only(
            await bed()
              .admin`select settled_micro_usd::int as settled from loom.budgets where scope = 'job' and key = ${job.jobId}`,
          )
          expect(settled.settled).toBe(spent)
        },
      ),
      { numRuns: 6, endOnFailure: true },
    )
  })

  it('brings the words, the title, the outcome and the files, those of the last task first', async () => {
    const tenant = await openTenant(bed())
    const holder = randomUUID()
    const job = await workingTask(bed(), tenant, { holder, graph: { a: [], b: ['a'] } })
    const write = (task: typeof job.held, paths: string[], ordinal = 0) =>
      commit(tenant, holder, [
        commitOf(task, job.keys, {
          step: stepOf({ ordinal }),
          files: paths.map((path) => fileOf(path)),
          ...done(),
        }),
      ])
    await write(job.held, ['final/a.csv', 'notes.md'])
    await write(only(await claim(tenant, { holder })), ['final/b.csv'])
    const last = only(await claim(tenant, { holder }))
    await commit(tenant, holder, [
      commitOf(last, job.keys, {
        step: stepOf(),
        files: [fileOf('final/report.md')],
        answers: true,
        ...done('# So it is'),
      }),
    ])
    const answer = await answerOf(tenant, job.jobId)
    expect(answer).toMatchObject({
      jobId: job.jobId,
      title: 'The plan',
      outcome: 'done',
      markdown: '# So it is',
    })
    expect(answer.files.map((file) => file.path)).toEqual(['final/report.md', 'final/b.csv', 'final/a.csv'])
    expect(answer.files[0]).toMatchObject({
      sha256: fileOf('final/report.md').sha256,
      bytes: 15,
      mediaType: 'text/markdown',
    })
    expect(answer.receipt).toMatchObject({ agents: 2, steps: 3 })
    expect(answer.receipt.durationMs).toBeGreaterThan(0)
  })

  it.each(['cancelled', 'failed'] as const)(
    'says what happened to a job that was %s, with what was kept',
    async (state) => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const job = await workingTask(bed(), tenant, { holder })
      await commit(tenant, holder, [
        commitOf(job.held, job.keys, { step: stepOf({ costMicroUsd: 9 }), files: [fileOf('final/part.md')] }),
      ])
      await stopJob(tenant.store, tenant.context, {
        jobId: job.jobId,
        state,
        answer: 'Stopped. The part is kept.',
      })
      const answer = await answerOf(tenant, job.jobId)
      expect(answer).toMatchObject({ outcome: state, markdown: 'Stopped. The part is kept.' })
      expect(answer.files.map((file) => file.path)).toEqual(['final/part.md'])
      expect(answer.receipt).toMatchObject({ costMicroUsd: 9, steps: 1 })
    },
  )

  describe('until it is delivered', () => {
    it('keeps the job among the unfinished, found by its very brief', async () => {
      const tenant = await openTenant(bed())
      const [first, second] = [
        await openJob(bed(), tenant, { text: 'one' }),
        await openJob(bed(), tenant, { text: 'two' }),
      ]
      const digest = only(
        await bed()
          .admin`select b.digest from loom.briefs b join loom.jobs j on j.brief_id = b.id where j.id = ${first.jobId}`,
      ).digest
      const unfinished = async (same?: Buffer) => {
        const found = await findUnfinished(tenant.store, tenant.context, {
          limit: 10,
          ...(same ? { digest: same } : {}),
        })
        return found.map((job) => job.jobId)
      }
      expect(await unfinished()).toEqual([second.jobId, first.jobId])
      expect(await unfinished(digest)).toEqual([first.jobId])
      await stopJob(tenant.store, tenant.context, {
        jobId: first.jobId,
        state: 'cancelled',
        answer: 'stopped',
      })
      expect(await unfinished(digest)).toEqual([first.jobId])
      await bed().admin`update loom.deliveries set state = 'sent' where job_id = ${first.jobId}`
      expect(await unfinished(digest)).toEqual([])
      const all = await listJobs(tenant.store, tenant.context, { limit: 1 })
      expect(all).toMatchObject([
        { jobId: second.jobId, title: 'two', state: 'received', thread: second.thread },
      ])
    })
  })
})
