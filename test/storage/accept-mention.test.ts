import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LoomError } from '../../src/core/errors.ts'
import { limits } from '../../src/core/limits.ts'
import { threadId } from '../../src/core/thread-id.ts'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { describeOneServer } from '../support/store.ts'
import { only, openTenant, sealerOf, type Tenant, useBed } from './support/bed.ts'
import { accept, mentionOf } from './support/jobs.ts'

describeOneServer('a mention', (server) => {
  const bed = useBed(server)

  const count = async (tenant: Tenant, table: string): Promise<number> => {
    const rows = await bed().admin`
      select count(*)::int as rows from loom.${bed().admin(table)} where tenant_id = ${tenant.tenantId}`
    return Number(only(rows).rows)
  }
  const storedText = async (tenant: Tenant): Promise<string> => {
    const sealer = await sealerOf(tenant)
    const row = only(
      await bed().admin`select id, body_sealed from loom.messages where tenant_id = ${tenant.tenantId}`,
    )
    return sealer.openText(`messages.body:${row.id}`, row.body_sealed)
  }

  describe('that is new', () => {
    it('becomes a job with everything it begins with, in one go', async () => {
      const tenant = await openTenant(bed())
      const files = [
        { name: 'jan.csv', source: '/tmp/jan.csv' },
        { name: 'feb.csv', source: '/tmp/feb.csv' },
      ]
      const mention = mentionOf({ text: 'Compare these\nand tell me', files, capMicroUsd: 2_000_000 })
      const accepted = await accept(tenant, mention)
      const rows: Record<string, number> = {}
      for (const table of [
        'inbox',
        'threads',
        'messages',
        'briefs',
        'brief_messages',
        'attachments',
        'jobs',
        'job_threads',
        'tasks',
        'task_needs',
        'ready_tasks',
        'budgets',
        'deliveries',
        'due_deliveries',
        'events',
      ]) {
        rows[table] = await count(tenant, table)
      }
      expect(rows).toEqual({
        inbox: 1,
        threads: 1,
        messages: 1,
        briefs: 1,
        brief_messages: 1,
        attachments: 2,
        jobs: 1,
        job_threads: 1,
        tasks: 2,
        task_needs: 1,
        ready_tasks: 1,
        budgets: 3,
        deliveries: 1,
        due_deliveries: 1,
        events: 1,
      })
      const job = only(await bed().admin`select * from loom.jobs where tenant_id = ${tenant.tenantId}`)
      expect(accepted).toEqual({ kind: 'job', jobId: job.id, first: 'bot' })
      expect(job).toMatchObject({
        state: 'received',
        tainted: true,
        cap_micro_usd: '2000000',
        event_seq: '1',
      })
      const sealer = await sealerOf(tenant)
      expect(sealer.openText(`jobs.title:${job.id}`, job.title_sealed)).toBe('Compare these')
      const tasks = await bed().admin`
        select kind, lane, state, waiting_on from loom.tasks where job_id = ${job.id} order by position`
      expect(tasks.map((row) => ({ ...row }))).toEqual([
        { kind: 'gather', lane: 'bot', state: 'ready', waiting_on: 0 },
        { kind: 'plan', lane: 'worker', state: 'waiting', waiting_on: 1 },
      ])
      const actions = await bed().admin`
        select action, actor_id from loom.audit_log where subject_id = ${job.id}`
      expect(actions.map((row) => ({ ...row }))).toEqual([
        { action: 'job.create', actor_id: tenant.identityId },
      ])
    })

    it('without files goes straight to planning, under the tenant’s own cap', async () => {
      const tenant = await openTenant(bed())
      await accept(tenant)
      const tasks = await bed().admin`select kind, state from loom.tasks where tenant_id = ${tenant.tenantId}`
      expect(tasks.map((row) => ({ ...row }))).toEqual([{ kind: 'plan', state: 'ready' }])
      const caps = await bed().admin`
        select scope, cap_micro_usd::int as cap from loom.budgets where tenant_id = ${tenant.tenantId} order by scope`
      expect(caps.map((row) => ({ ...row }))).toEqual([
        { scope: 'channel_day', cap: 100_000_000 },
        { scope: 'job', cap: 5_000_000 },
        { scope: 'tenant_month', cap: 100_000_000 },
      ])
    })
  })

  describe('that comes more than once', () => {
    it('is taken once, and the second time says which job it became', async () => {
      const tenant = await openTenant(bed())
      const mention = mentionOf()
      const first = await accept(tenant, mention)
      expect(await accept(tenant, { ...mention, text: 'the same key with other words' })).toEqual({
        kind: 'duplicate',
        jobId: first.jobId,
      })
      expect(await count(tenant, 'messages')).toBe(1)
    })

    it('is taken once when twenty deliveries of it arrive together', async () => {
      const tenant = await openTenant(bed())
      const mention = mentionOf()
      const answers = await Promise.all(Array.from({ length: 20 }, () => accept(tenant, mention)))
      expect(answers.filter((answer) => answer.kind === 'job')).toHaveLength(1)
      expect(answers.filter((answer) => answer.kind === 'duplicate')).toHaveLength(19)
      expect(new Set(answers.map((answer) => answer.jobId)).size).toBe(1)
      expect([
        await count(tenant, 'jobs'),
        await count(tenant, 'messages'),
        await count(tenant, 'inbox'),
      ]).toEqual([1, 1, 1])
    })

    it('is another mention under another tenant', async () => {
      const [one, other] = [await openTenant(bed()), await openTenant(bed())]
      const mention = mentionOf()
      expect((await accept(one, mention)).kind).toBe('job')
      expect((await accept(other, mention)).kind).toBe('job')
    })
  })

  describe('in a thread with a running job', () => {
    it('steers that job: two at the same moment make one job and one steering', async () => {
      const tenant = await openTenant(bed())
      const thread = threadId('local', 'terminal', 'shared')
      const answers = await Promise.all([accept(tenant, { thread }), accept(tenant, { thread })])
      expect(answers.map((answer) => answer.kind).sort()).toEqual(['job', 'steered'])
      expect(new Set(answers.map((answer) => answer.jobId)).size).toBe(1)
      expect(await count(tenant, 'brief_messages')).toBe(2)
    })

    it('keeps the order of many that come together: every message has a place of its own', async () => {
      const tenant = await openTenant(bed())
      const thread = threadId('local', 'terminal', 'busy')
      await accept(tenant, { thread })
      await Promise.all(Array.from({ length: 12 }, () => accept(tenant, { thread })))
      const rows = await bed().admin`
        select position from loom.brief_messages where tenant_id = ${tenant.tenantId} order by position`
      expect(rows.map((row) => row.position)).toEqual(Array.from({ length: 13 }, (_, place) => place))
      const seqs = await bed()
        .admin`select seq::int from loom.events where tenant_id = ${tenant.tenantId} order by seq`
      expect(seqs.map((row) => row.seq)).toEqual(Array.from({ length: 13 }, (_, place) => place + 1))
    })

    it('never makes a second live job, whatever arrives and ends together', async () => {
      const tenant = await openTenant(bed())
      const turn = fc.record({
        thread: fc.constantFrom('one', 'two'),
        key: fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5'),
        ends: fc.boolean(),
      })
      let run = 0
      await fc.assert(
        fc.asyncProperty(fc.array(turn, { minLength: 2, maxLength: 6 }), async (turns) => {
          run += 1
          await Promise.all(
            turns.map(async ({ ends, key, thread }) => {
              const name = `${thread}-${run}`
              const { jobId } = await accept(tenant, {
                thread: threadId('local', 'property', name),
                key: `${name}-${key}`,
              })
              if (ends && jobId) {
                await stopJob(tenant.store, tenant.context, { jobId, state: 'cancelled', answer: 'stopped' })
              }
            }),
          )
          const doubled = await bed().admin`
            select jt.thread_id from loom.job_threads jt join loom.jobs j on j.id = jt.job_id
            where j.tenant_id = ${tenant.tenantId} and j.state not in ('done', 'failed', 'cancelled')
            group by jt.thread_id having count(*) > 1`
          expect(doubled).toHaveLength(0)
          const mismatched = await bed().admin`
            select 1 from loom.job_threads jt join loom.jobs j on j.id = jt.job_id
            where j.tenant_id = ${tenant.tenantId} and jt.live <> (j.state not in ('done', 'failed', 'cancelled'))`
          expect(mismatched).toHaveLength(0)
        }),
        { numRuns: 15, endOnFailure: true },
      )
    })

    it('opens a new job once the first has ended', async () => {
      const tenant = await openTenant(bed())
      const thread = threadId('local', 'terminal', 'again')
      const first = await accept(tenant, { thread })
      await stopJob(tenant.store, tenant.context, {
        jobId: first.jobId ?? '',
        state: 'cancelled',
        answer: 'stopped',
      })
      const second = await accept(tenant, { thread })
      expect(second.kind).toBe('job')
      expect(second.jobId).not.toBe(first.jobId)
    })
  })

  describe('that cannot be taken', () => {
    const files = (many: number) =>
      Array.from({ length: many }, (_, index) => ({ name: `${index}.csv`, source: `/tmp/${index}.csv` }))
    const refusals: [string, Parameters<typeof mentionOf>[0], string, RegExp][] = [
      [
        'with no words',
        { text: '' },
        'invalid_input',
        /^The brief is empty\. Say what you want in a sentence\.$/,
      ],
      ['with blanks alone', { text: ' \n\t\u00a0\u3000 ' }, 'invalid_input', /^The brief is empty/],
      ['with files alone', { text: ' ', files: files(1) }, 'invalid_input', /^There are files but no words/],
      [
        'a byte over the limit',
        { text: 'é'.repeat(limits.promptBytes / 2).concat('!') },
        'too_large',
        /1,000,001 bytes long; at most 1,000,000/,
      ],
      ['with 501 files', { files: files(501) }, 'too_large', /^501 files came with the brief; at most 500/],
    ]
    it('of a person of whom nothing may be kept is refused in a sentence, and leaves no row', async () => {
      const tenant = await openTenant(bed())
      await bed().admin`update loom.identities set ignored_at = now() where id = ${tenant.identityId}`
      await expect(accept(tenant)).rejects.toMatchObject({
        kind: 'forbidden',
        message: 'You asked Loom to keep nothing of what you say, so it cannot work on that.',
      })
      expect([await count(tenant, 'inbox'), await count(tenant, 'messages')]).toEqual([0, 0])
    })

    it.each(refusals)('%s is refused in a sentence, and leaves no row', async (_, part, kind, sentence) => {
      const tenant = await openTenant(bed())
      const error = await accept(tenant, part).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(LoomError)
      expect(error).toMatchObject({ kind, message: expect.stringMatching(sentence), retryable: false })
      expect([
        await count(tenant, 'inbox'),
        await count(tenant, 'messages'),
        await count(tenant, 'jobs'),
      ]).toEqual([0, 0, 0])
    })

    it('is taken at the limits themselves: a million bytes, five hundred files', async () => {
      const tenant = await openTenant(bed())
      await accept(tenant, { text: 'é'.repeat(limits.promptBytes / 2), files: files(500) })
      expect(Buffer.byteLength(await storedText(tenant))).toBe(1_000_000)
      expect(await count(tenant, 'attachments')).toBe(500)
    })
  })

  describe('with hostile text', () => {
    const texts: [string, string][] = [
      ['NUL bytes', 'before\0after\0'],
      ['emoji, joined and flagged', '👩‍👩‍👧‍👦 🏳️‍🌈 🇪🇺 👍🏽'],
      ['a megabyte of combining marks', `a${'\u0301'.repeat(499_999)}`],
      ['directions and invisible characters', '\u202eevil\u202c\u200b\ufeff\u2028'],
      ['control sequences', '\u001b[2J\u001b]0;title\u0007'],
      ['SQL and templates', `'); drop table loom.jobs; -- \${1} $1 \\x00 {{x}}`],
      ['every line ending', 'a\r\nb\rc\nd\u0085e'],
    ]
    it.each(texts)('%s comes back exactly', async (_, text) => {
      const tenant = await openTenant(bed())
      const { jobId } = await accept(tenant, { text })
      expect(await storedText(tenant)).toBe(text)
      expect(jobId).toBeDefined()
    })

    it('half a surrogate pair comes back as the replacement character, as in every UTF-8 text', async () => {
      const tenant = await openTenant(bed())
      const text = 'broken \ud83d and \udc4d halves'
      await accept(tenant, { text })
      expect(await storedText(tenant)).toBe(text.toWellFormed())
    })

    it('any text comes back exactly, and gives a title of at most 72 whole characters', async () => {
      const tenant = await openTenant(bed())
      const sealer = await sealerOf(tenant)
      const text = fc
        .string({ unit: 'binary', minLength: 1, maxLength: 200 })
        .filter((value) => value.trim() !== '')
      await fc.assert(
        fc.asyncProperty(text, async (value) => {
          const { jobId } = await accept(tenant, { text: value })
          const row = only(
            await bed().admin`
              select j.title_sealed, m.id, m.body_sealed from loom.jobs j join loom.briefs b on b.id = j.brief_id
              join loom.messages m on m.id = b.prompt_message_id where j.id = ${jobId ?? ''}`,
          )
          expect(sealer.openText(`messages.body:${row.id}`, row.body_sealed)).toBe(value)
          const title = sealer.openText(`jobs.title:${jobId}`, row.title_sealed)
          expect([...title].length).toBeLessThanOrEqual(72)
          expect(title).toBe(title.toWellFormed())
        }),
        { numRuns: 25 },
      )
    })
  })
})
