import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { commitSteps } from '../../src/storage/steps/commit.ts'
import { keepThreadMessage } from '../../src/storage/threads/keep.ts'
import { only, openTenant, sealerOf, systemOf, type Tenant, useBed } from '../storage/support/bed.ts'
import { accept, claim, commitOf, done, fileOf, mentionOf } from '../storage/support/jobs.ts'
import { describeOneServer } from '../support/store.ts'
import {
  gather,
  holding,
  mentionAt,
  messageAt,
  openIn,
  plannerOf,
  saying,
  slackThread,
} from './support/gathering.ts'

describeOneServer('a follow-up', (server) => {
  const bed = useBed(server)

  /** A job of the thread that read one file, wrote another and has answered. */
  async function answered(tenant: Tenant, thread = slackThread()) {
    const files = [{ name: 'ledger.csv', source: 'slack:F1' }]
    const jobId = await openIn(tenant, thread, mentionAt(2, 'Sum it up', { files }))
    const reads = saying([messageAt(0, 'Here it is'), messageAt(1, 'and more', { files })])
    await gather(bed(), tenant, jobId, { reads, fetchFile: holding({ 'slack:F1': 'a,b\n1,2\n' }) })
    const holder = randomUUID()
    const held = only((await claim(tenant, { holder })).filter((task) => task.jobId === jobId))
    const report = fileOf('final/report.md', '# It is 3')
    await tenant.store.objects.put(
      `${tenant.tenantId}/${jobId}/blobs/${report.sha256}`,
      Buffer.from('# It is 3'),
      { mediaType: 'text/markdown' },
    )
    const keys = (await plannerOf(bed(), tenant, jobId)).budgetKeys
    const end = commitOf(held, keys, { answers: true, files: [report], ...done('It is 3.') })
    await commitSteps(tenant.store, systemOf(tenant), { holder, commits: [end] })
    return { thread, jobId }
  }

  const later = (text: string, part = {}) => ({
    ...mentionOf({ text }),
    saidAtMs: Date.now() + 60_000,
    hasHistory: true,
    ...part,
  })

  describe('in a thread whose last job has ended', () => {
    it('knows that job: its words, its inputs, what it made and what it answered', async () => {
      const tenant = await openTenant(bed())
      const { jobId: before, thread } = await answered(tenant)
      const reads = saying([messageAt(0, 'never read again')])
      await keepThreadMessage(tenant.store, tenant.context, {
        thread,
        message: { ...messageAt(3, 'Thanks'), saidAtMs: Date.now() + 1_000 },
      })
      const jobId = await openIn(tenant, thread, { ...later('And by month?'), thread })
      const row = only(
        await bed().admin`select follows_job_id as follows, tainted from loom.jobs where id = ${jobId}`,
      )
      expect(row.follows).toBe(before)
      await gather(bed(), tenant, jobId, { reads })
      expect(reads.times()).toBe(0)
      const task = await plannerOf(bed(), tenant, jobId)
      expect(task.thread.map(({ author, text }) => [author, text])).toEqual([
        ['Ana', 'Here it is'],
        ['Ana', 'and more'],
        ['Owner', 'Sum it up'],
        ['Loom', 'It is 3.'],
        ['Ana', 'Thanks'],
      ])
      const [inputs = []] = task.layers
      expect(inputs.map(({ path }) => path)).toEqual(['inputs/ledger.csv', 'inputs/earlier/report.md'])
      const bodies = await Promise.all(
        inputs.map(({ sha256 }) => tenant.store.objects.get(`${tenant.tenantId}/${jobId}/blobs/${sha256}`)),
      )
      expect(bodies.map((body) => Buffer.from(body).toString())).toEqual(['a,b\n1,2\n', '# It is 3'])
    })

    it('brings everything along a chain of them, each file once', async () => {
      const tenant = await openTenant(bed())
      const { thread } = await answered(tenant)
      const second = await openIn(tenant, thread, { ...later('And by month?'), thread })
      await gather(bed(), tenant, second)
      await stopJob(tenant.store, tenant.context, { jobId: second, state: 'cancelled', answer: 'Stopped.' })
      const third = await openIn(tenant, thread, {
        ...later('Go on', { saidAtMs: Date.now() + 120_000 }),
        thread,
      })
      await gather(bed(), tenant, third)
      const [inputs = []] = (await plannerOf(bed(), tenant, third)).layers
      expect(inputs.map(({ path }) => path)).toEqual(['inputs/ledger.csv', 'inputs/earlier/report.md'])
    })

    it('brings the files of what was said while that job ran, which its agents were told they cannot read', async () => {
      const tenant = await openTenant(bed())
      const thread = slackThread()
      const jobId = await openIn(tenant, thread, mentionAt(2, 'Sum it up'))
      const files = [{ name: 'late.csv', source: 'slack:F9' }]
      const mention = { ...later('Use this too', { saidAtMs: Date.now() }), thread, files }
      expect(await accept(tenant, mention)).toEqual({ kind: 'steered', jobId })
      expect(await accept(tenant, mention)).toEqual({ kind: 'duplicate', jobId })
      const notices = await bed().admin`
        select id, body_sealed from loom.deliveries where job_id = ${jobId} and kind = 'notice'`
      const notice = only(notices)
      expect((await sealerOf(tenant)).openText(`deliveries.body:${notice.id}`, notice.body_sealed)).toBe(
        'The words are passed on. Files that come while Loom works are read by the next brief here: late.csv.',
      )
      await gather(bed(), tenant, jobId)
      expect((await plannerOf(bed(), tenant, jobId)).said.map(({ text }) => text)).toEqual([
        'Use this too\n\n(Files came with this that cannot be read in this run: late.csv.)',
      ])
      await stopJob(tenant.store, tenant.context, { jobId, state: 'cancelled', answer: 'Stopped.' })
      const next = await openIn(tenant, thread, { ...later('Again'), thread })
      await gather(bed(), tenant, next, { fetchFile: holding({ 'slack:F9': 'x' }) })
      expect((await plannerOf(bed(), tenant, next)).layers[0]?.map(({ path }) => path)).toEqual([
        'inputs/late.csv',
      ])
    })

    it('passes over a job that was stopped before it had gathered anything', async () => {
      const tenant = await openTenant(bed())
      const { thread } = await answered(tenant)
      const files = [{ name: 'more.csv', source: 'slack:F2' }]
      const stopped = await openIn(tenant, thread, { ...later('And this?', { files }), thread })
      await stopJob(tenant.store, tenant.context, { jobId: stopped, state: 'cancelled', answer: 'Stopped.' })
      const jobId = await openIn(tenant, thread, {
        ...later('Go on', { saidAtMs: Date.now() + 120_000 }),
        thread,
      })
      await gather(bed(), tenant, jobId, { fetchFile: holding({ 'slack:F2': 'more' }) })
      const { layers, thread: lines } = await plannerOf(bed(), tenant, jobId)
      expect(layers[0]?.map(({ path }) => path)).toEqual([
        'inputs/ledger.csv',
        'inputs/earlier/report.md',
        'inputs/more.csv',
      ])
      expect(lines.map(({ text }) => text).slice(-3)).toEqual(['It is 3.', 'Stopped.', 'And this?'])
    })

    it('goes on without a file that is no longer there, and says so', async () => {
      const tenant = await openTenant(bed())
      const { jobId: before, thread } = await answered(tenant)
      await tenant.store.objects.deletePrefix(`${tenant.tenantId}/${before}/`)
      const jobId = await openIn(tenant, thread, { ...later('Again'), thread })
      await gather(bed(), tenant, jobId)
      const { attachments } = await plannerOf(bed(), tenant, jobId)
      expect(attachments.map(({ name, reason, state }) => [name, state, reason])).toEqual([
        ['ledger.csv', 'refused', 'It is no longer there.'],
        ['final/report.md', 'refused', 'It is no longer there.'],
      ])
    })

    it('never takes what is another tenant’s, even when it is named', async () => {
      const [a, b] = [await openTenant(bed()), await openTenant(bed())]
      const { jobId: theirs } = await answered(b)
      const sha256 = fileOf('', '# It is 3').sha256
      const files = [{ name: 'stolen.md', source: `job:${theirs}:${sha256}` }]
      const jobId = await openIn(a, slackThread(), { ...later('Give me'), files })
      await expect(gather(bed(), a, jobId)).rejects.toMatchObject({
        kind: 'invalid_input',
        message: 'None of the files could be read. It is no longer there.',
      })
    })

    it('is one job however often it is delivered', async () => {
      const tenant = await openTenant(bed())
      const { thread } = await answered(tenant)
      const mention = { ...later('And by month?'), thread }
      const jobId = await openIn(tenant, thread, mention)
      expect(await accept(tenant, mention)).toEqual({ kind: 'duplicate', jobId })
      await gather(bed(), tenant, jobId)
      expect(await accept(tenant, mention)).toEqual({ kind: 'duplicate', jobId })
    })
  })

  describe('of a message that came as an event first', () => {
    it('is that same message, once', async () => {
      const tenant = await openTenant(bed())
      const { thread } = await answered(tenant)
      const mention = { ...later('@Loom by month?'), thread, author: { externalId: 'owner' } }
      const message = { ...messageAt(0, '@Loom by month?'), key: mention.key, saidAtMs: mention.saidAtMs }
      expect(await keepThreadMessage(tenant.store, tenant.context, { thread, message })).toBe(true)
      const jobId = await openIn(tenant, thread, { ...mention, text: 'by month?' })
      expect(await keepThreadMessage(tenant.store, tenant.context, { thread, message })).toBe(false)
      await gather(bed(), tenant, jobId)
      const task = await plannerOf(bed(), tenant, jobId)
      expect(task.prompt).toBe('by month?')
      expect(task.thread.map(({ text }) => text)).not.toContain('@Loom by month?')
    })
  })
})
