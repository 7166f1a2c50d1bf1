import { beforeEach, describe, expect, it } from 'vitest'
import type { Mention } from '../../src/core/brief.ts'
import { threadId } from '../../src/core/thread-id.ts'
import type { Store } from '../../src/storage/database.ts'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import {
  deleteSchedule,
  pauseSchedule,
  resumeSchedule,
  setScheduleZone,
} from '../../src/storage/schedules/change.ts'
import { createSchedule, mostSchedules, type NewSchedule } from '../../src/storage/schedules/create.ts'
import { listSchedules } from '../../src/storage/schedules/list.ts'
import { runSchedule } from '../../src/storage/schedules/run.ts'
import { dueSchedules, runDueSchedules } from '../../src/storage/schedules/run-due.ts'
import { describeOneServer, silentLog } from '../support/store.ts'
import { only, openTenant, sealerOf, systemOf, type Tenant, useBed } from './support/bed.ts'
import { accept } from './support/jobs.ts'

const dayMs = 86_400_000
const minuteMs = 60_000
/** A Tuesday, four hours before the first run of `every day at 8`. */
const start = Date.parse('2026-11-24T03:00:00Z')
const firstRun = Date.parse('2026-11-24T07:00:00Z')
const prompt = 'What changed in churn?\nSay it briefly.'

describeOneServer('a recurring brief', (server) => {
  const bed = useBed(server)
  beforeEach(() => bed().admin`delete from loom.timers`)

  const at = (tenant: Tenant, ms: number): Store => ({ ...tenant.store, now: () => ms })
  const create = (tenant: Tenant, part: Partial<NewSchedule> = {}) =>
    createSchedule(at(tenant, start), tenant.context, {
      installationId: tenant.installationId,
      thread: threadId('local', 'terminal', tenant.store.newId()),
      prompt,
      words: 'every day at 8',
      timeZone: 'Europe/Berlin',
      ...part,
    })
  const run = (tenant: Tenant, scheduleId: string, ms: number) =>
    runSchedule(at(tenant, ms), systemOf(tenant), { scheduleId })
  const timers = async (tenant: Tenant) => {
    const rows = await bed().admin`
      select subject_id, due_at from loom.timers where tenant_id = ${tenant.tenantId} and kind = 'schedule' order by 1`
    return rows.map((row) => [String(row.subject_id), row.due_at.getTime()])
  }
  const audits = async (tenant: Tenant) => {
    const rows = await bed().admin`
      select action from loom.audit_log where tenant_id = ${tenant.tenantId} and subject_kind = 'schedule' order by created_at, id`
    return rows.map((row) => String(row.action).replace('schedule.', ''))
  }
  const jobsOf = (scheduleId: string) => bed().admin`
      select j.id, j.state, j.cap_micro_usd, j.title_sealed, b.asked_by, b.thread_id
      from loom.briefs b join loom.jobs j on j.brief_id = b.id where b.schedule_id = ${scheduleId} order by j.id`
  const stop = (tenant: Tenant, jobId: string) =>
    stopJob(tenant.store, tenant.context, { jobId, state: 'cancelled', answer: 'stopped' })

  describe('that is asked for in a thread', () => {
    const text = 'Every weekday at 8: What changed in churn?'
    const mentioned = (tenant: Tenant, part: Partial<Mention> = {}) =>
      accept(tenant, { text, timeZone: 'Europe/Berlin', ...part })

    it('is kept once, however often its message comes, and opens no job', async () => {
      const tenant = await openTenant(bed())
      const thread = threadId('local', 'terminal', tenant.store.newId())
      const key = tenant.store.newId()
      const kept = await mentioned(tenant, { thread, key })
      expect(kept).toMatchObject({
        kind: 'scheduled',
        schedule: { rule: '0 8 * * 1-5', timeZone: 'Europe/Berlin' },
      })
      expect(await mentioned(tenant, { thread, key })).toEqual({ kind: 'duplicate', jobId: undefined })
      const schedules = await listSchedules(tenant.store, tenant.context)
      expect(schedules).toMatchObject([{ prompt: 'What changed in churn?', thread }])
      expect(await bed().admin`select 1 from loom.jobs where tenant_id = ${tenant.tenantId}`).toHaveLength(0)
    })

    it('is a job like others when files came with it, and steers where a job is running', async () => {
      const tenant = await openTenant(bed())
      const files = [{ name: 'churn.csv', source: '/tmp/churn.csv' }]
      expect((await mentioned(tenant, { files })).kind).toBe('job')
      const thread = threadId('local', 'terminal', tenant.store.newId())
      expect((await mentioned(tenant, { thread, text: 'What changed?' })).kind).toBe('job')
      expect((await mentioned(tenant, { thread })).kind).toBe('steered')
      expect(await listSchedules(tenant.store, tenant.context)).toEqual([])
    })
  })

  describe('that is made', () => {
    it('is listed as it was said, has a timer and an audit, and holds no words in the open', async () => {
      const tenant = await openTenant(bed())
      const thread = threadId('local', 'terminal', tenant.store.newId())
      const { scheduleId } = await create(tenant, {
        thread,
        timeZone: 'europe/berlin',
        capMicroUsd: 2_000_000,
      })
      expect(await listSchedules(tenant.store, tenant.context)).toEqual([
        {
          scheduleId,
          thread,
          createdBy: tenant.identityId,
          prompt,
          rule: '0 8 * * *',
          timeZone: 'Europe/Berlin',
          capMicroUsd: 2_000_000,
          paused: false,
          nextAtMs: firstRun,
          lastRunAtMs: undefined,
        },
      ])
      expect(await timers(tenant)).toEqual([[scheduleId, firstRun]])
      expect(await audits(tenant)).toEqual(['create'])
      const row = only(
        await bed().admin`select s::text as row from loom.schedules s where id = ${scheduleId}`,
      )
      expect(row.row).not.toContain(Buffer.from('churn').toString('hex'))
    })

    it("has the account's cap where none is named", async () => {
      const tenant = await openTenant(bed())
      await create(tenant)
      expect(only(await listSchedules(tenant.store, tenant.context)).capMicroUsd).toBe(5_000_000)
    })

    const refusals: [string, Partial<NewSchedule>, string, RegExp][] = [
      ['words that say no time', { words: 'now and then' }, 'invalid_input', /Write "every weekday at 8"/],
      ['more often than hourly', { words: '*/5 * * * *' }, 'invalid_input', /once an hour at most/],
      ['a zone that is none', { timeZone: 'Berlin' }, 'invalid_input', /as in Europe\/Berlin/],
      ['no words', { prompt: ' \n' }, 'invalid_input', /what you want each time/],
      ['a million bytes and one', { prompt: 'x'.repeat(1_000_001) }, 'too_large', /1,000,000 bytes/],
    ]
    it.each(refusals)(
      'with %s is refused in a sentence, and leaves no row',
      async (_, part, kind, message) => {
        const tenant = await openTenant(bed())
        await expect(create(tenant, part)).rejects.toMatchObject({
          kind,
          message: expect.stringMatching(message),
        })
        expect(await listSchedules(tenant.store, tenant.context)).toEqual([])
        expect(await timers(tenant)).toEqual([])
      },
    )

    it('is refused when there are fifty, also when many come at once', async () => {
      const tenant = await openTenant(bed())
      const made = await Promise.allSettled(Array.from({ length: mostSchedules + 5 }, () => create(tenant)))
      const refused = made.flatMap((item) => (item.status === 'rejected' ? [item.reason] : []))
      expect(refused).toHaveLength(5)
      for (const error of refused) {
        expect(error).toMatchObject({
          kind: 'invalid_input',
          message: expect.stringContaining('50 recurring briefs'),
        })
      }
      expect(await listSchedules(tenant.store, tenant.context)).toHaveLength(mostSchedules)
    })
  })

  describe('that comes due', () => {
    it('becomes a job as a mention would, and moves on to its next moment', async () => {
      const tenant = await openTenant(bed())
      const { scheduleId } = await create(tenant, { capMicroUsd: 2_000_000 })
      const ran = await run(tenant, scheduleId, firstRun)
      const job = only(await jobsOf(scheduleId))
      expect(ran).toEqual({ kind: 'opened', jobId: job.id })
      expect(job).toMatchObject({ state: 'received', cap_micro_usd: '2000000', asked_by: tenant.identityId })
      const sealer = await sealerOf(tenant)
      expect(sealer.openText(`jobs.title:${job.id}`, job.title_sealed)).toBe('What changed in churn?')
      const message = only(
        await bed()
          .admin`select id, body_sealed, author from loom.messages where tenant_id = ${tenant.tenantId}`,
      )
      expect(sealer.openText(`messages.body:${message.id}`, message.body_sealed)).toBe(prompt)
      expect(message.author).toBe('person')
      expect(only(await listSchedules(tenant.store, tenant.context))).toMatchObject({
        nextAtMs: firstRun + dayMs,
        lastRunAtMs: firstRun,
      })
      expect(await timers(tenant)).toEqual([[scheduleId, firstRun + dayMs]])
      expect(await audits(tenant)).toEqual(['create', 'run'])
    })

    it('has the same rows as the job of a mention without files', async () => {
      const [scheduled, mentioned] = [await openTenant(bed()), await openTenant(bed())]
      const { scheduleId } = await create(scheduled)
      await run(scheduled, scheduleId, firstRun)
      await accept(mentioned)
      const tables = await bed().admin`
        select tablename as name from pg_tables where schemaname = 'loom'
          and tablename not in ('schedules', 'timers', 'audit_log') order by 1`
      const count = async (tenant: Tenant, table: string) => {
        const { admin } = bed()
        const rows = await admin`
          select count(*)::int as rows from loom.${admin(table)} where tenant_id = ${tenant.tenantId}`
        return [table, only(rows).rows]
      }
      for (const { name } of tables)
        expect(await count(scheduled, name)).toEqual(await count(mentioned, name))
    })

    it('does nothing before its moment, and nothing again after it', async () => {
      const tenant = await openTenant(bed())
      const { scheduleId } = await create(tenant)
      expect(await run(tenant, scheduleId, firstRun - 1)).toBeUndefined()
      expect(await run(tenant, scheduleId, firstRun)).toMatchObject({ kind: 'opened' })
      expect(await run(tenant, scheduleId, firstRun)).toBeUndefined()
      expect(await run(tenant, scheduleId, firstRun + dayMs - 1)).toBeUndefined()
      expect(await jobsOf(scheduleId)).toHaveLength(1)
    })

    it('opens one job when ten call at once', async () => {
      const tenant = await openTenant(bed())
      const { scheduleId } = await create(tenant)
      const ran = await Promise.all(Array.from({ length: 10 }, () => run(tenant, scheduleId, firstRun)))
      expect(ran.filter((item) => item !== undefined)).toHaveLength(1)
      expect(await jobsOf(scheduleId)).toHaveLength(1)
    })

    it('opens one job for one moment, even when a clock that is behind sets it to that moment again', async () => {
      const tenant = await openTenant(bed())
      const { scheduleId } = await create(tenant)
      const ran = await run(tenant, scheduleId, firstRun)
      if (ran?.kind !== 'opened') throw new Error('expected a job')
      await stop(tenant, ran.jobId)
      await pauseSchedule(tenant.store, tenant.context, { scheduleId })
      await resumeSchedule(at(tenant, firstRun - 5), tenant.context, { scheduleId })
      expect(await run(tenant, scheduleId, firstRun)).toBeUndefined()
      expect(await jobsOf(scheduleId)).toHaveLength(1)
      expect(await timers(tenant)).toEqual([[scheduleId, firstRun + dayMs]])
    })

    it('missed for a week runs once, and goes on with the next moment from now', async () => {
      const tenant = await openTenant(bed())
      const { scheduleId } = await create(tenant)
      const late = firstRun + 7 * dayMs + 2 * minuteMs
      const ran = await run(tenant, scheduleId, late)
      if (ran?.kind !== 'opened') throw new Error('expected a job')
      await stop(tenant, ran.jobId)
      expect(await run(tenant, scheduleId, late + minuteMs)).toBeUndefined()
      expect(await jobsOf(scheduleId)).toHaveLength(1)
      expect(await timers(tenant)).toEqual([[scheduleId, firstRun + 8 * dayMs]])
    })
  })

  describe('that cannot run', () => {
    it('while its last job runs is skipped and says so, and runs again when that one has ended', async () => {
      const tenant = await openTenant(bed())
      const { scheduleId } = await create(tenant)
      const first = await run(tenant, scheduleId, firstRun)
      if (first?.kind !== 'opened') throw new Error('expected a job')
      expect(await run(tenant, scheduleId, firstRun + dayMs)).toEqual({ kind: 'skipped', reason: 'running' })
      expect(await timers(tenant)).toEqual([[scheduleId, firstRun + 2 * dayMs]])
      await stop(tenant, first.jobId)
      expect(await run(tenant, scheduleId, firstRun + 2 * dayMs)).toMatchObject({ kind: 'opened' })
      expect(await audits(tenant)).toEqual(['create', 'run', 'skip_running', 'run'])
      expect(only(await listSchedules(tenant.store, tenant.context)).lastRunAtMs).toBe(firstRun + 2 * dayMs)
    })

    it("waits while its thread is busy with somebody's job, and runs once it is free", async () => {
      const tenant = await openTenant(bed())
      const thread = threadId('local', 'terminal', 'shared')
      const { jobId } = await accept(tenant, { thread })
      const { scheduleId } = await create(tenant, { thread })
      expect(await run(tenant, scheduleId, firstRun)).toEqual({ kind: 'waits' })
      expect(await timers(tenant)).toEqual([[scheduleId, firstRun + minuteMs]])
      await stop(tenant, jobId ?? '')
      expect(await run(tenant, scheduleId, firstRun + minuteMs)).toMatchObject({ kind: 'opened' })
      expect(await timers(tenant)).toEqual([[scheduleId, firstRun + dayMs]])
    })

    it.each(['installations', 'tenants'])(
      'is skipped when its chat or account is gone (%s)',
      async (table) => {
        const tenant = await openTenant(bed())
        const { scheduleId } = await create(tenant)
        const { admin } = bed()
        if (table === 'tenants') {
          await admin`update loom.tenants set state = 'fenced' where tenant_id = ${tenant.tenantId}`
        } else {
          await admin`update loom.installations set revoked_at = now() where tenant_id = ${tenant.tenantId}`
        }
        expect(await run(tenant, scheduleId, firstRun)).toEqual({ kind: 'skipped', reason: 'gone' })
        expect(await jobsOf(scheduleId)).toHaveLength(0)
        expect(await timers(tenant)).toEqual([[scheduleId, firstRun + dayMs]])
        expect(await audits(tenant)).toEqual(['create', 'skip_gone'])
      },
    )
  })

  describe('that is changed', () => {
    it('has no timer while it is paused, and goes on from now when it is resumed', async () => {
      const tenant = await openTenant(bed())
      const { scheduleId } = await create(tenant)
      const { context, store } = tenant
      expect(await pauseSchedule(store, context, { scheduleId })).toBe(true)
      expect(await pauseSchedule(store, context, { scheduleId })).toBe(true)
      expect(await timers(tenant)).toEqual([])
      expect(await run(tenant, scheduleId, firstRun)).toBeUndefined()
      expect(only(await listSchedules(store, context))).toMatchObject({ paused: true, nextAtMs: undefined })
      const later = at(tenant, firstRun + 3 * dayMs + 1)
      expect(await resumeSchedule(later, context, { scheduleId })).toBe(true)
      expect(await resumeSchedule(later, context, { scheduleId })).toBe(true)
      expect(await timers(tenant)).toEqual([[scheduleId, firstRun + 4 * dayMs]])
      expect(await audits(tenant)).toEqual(['create', 'pause', 'resume'])
    })

    it('goes by another clock when it is told one, once, and keeps it while it is paused', async () => {
      const tenant = await openTenant(bed())
      const { scheduleId } = await create(tenant, { timeZone: 'UTC' })
      const move = (timeZone: string) =>
        setScheduleZone(at(tenant, start), tenant.context, { scheduleId, timeZone })
      const moved = { scheduleId, rule: '0 8 * * *', timeZone: 'Europe/Berlin', nextAtMs: firstRun }
      expect(await move('Europe/Berlin')).toEqual(moved)
      expect(await move('Europe/Berlin')).toEqual(moved)
      expect(await timers(tenant)).toEqual([[scheduleId, firstRun]])
      expect(await audits(tenant)).toEqual(['create', 'zone'])
      await expect(move('Nowhere/Land')).rejects.toMatchObject({ kind: 'invalid_input' })
      await pauseSchedule(tenant.store, tenant.context, { scheduleId })
      await move('Asia/Tokyo')
      expect(await timers(tenant)).toEqual([])
      const [one] = await listSchedules(tenant.store, tenant.context)
      expect(one).toMatchObject({ paused: true, nextAtMs: undefined, timeZone: 'Asia/Tokyo' })
    })

    it('is gone when it is deleted; its jobs stay', async () => {
      const tenant = await openTenant(bed())
      const { scheduleId } = await create(tenant)
      await run(tenant, scheduleId, firstRun)
      expect(await deleteSchedule(tenant.store, tenant.context, { scheduleId })).toBe(true)
      expect(await deleteSchedule(tenant.store, tenant.context, { scheduleId })).toBe(false)
      expect(await listSchedules(tenant.store, tenant.context)).toEqual([])
      expect(await timers(tenant)).toEqual([])
      expect(await run(tenant, scheduleId, firstRun + dayMs)).toBeUndefined()
      expect(await jobsOf(scheduleId)).toHaveLength(1)
    })

    it('while it runs ends in one order or the other: never a timer without a schedule', async () => {
      const tenant = await openTenant(bed())
      for (let turn = 0; turn < 10; turn++) {
        const { scheduleId } = await create(tenant)
        await Promise.all([
          run(tenant, scheduleId, firstRun),
          deleteSchedule(tenant.store, tenant.context, { scheduleId }),
        ])
      }
      expect(await timers(tenant)).toEqual([])
    })

    it("stays as it is for another tenant's hands", async () => {
      const [tenant, stranger] = [await openTenant(bed()), await openTenant(bed())]
      const { scheduleId } = await create(tenant)
      const before = await listSchedules(tenant.store, tenant.context)
      const { context, store } = stranger
      expect(await listSchedules(store, context)).toEqual([])
      for (const verb of [pauseSchedule, resumeSchedule, deleteSchedule]) {
        expect(await verb(store, context, { scheduleId })).toBe(false)
      }
      expect(await run(stranger, scheduleId, firstRun)).toBeUndefined()
      await expect(create(stranger, { installationId: tenant.installationId })).rejects.toThrow()
      expect(await listSchedules(tenant.store, tenant.context)).toEqual(before)
      expect(await timers(tenant)).toEqual([[scheduleId, firstRun]])
      expect(await timers(stranger)).toEqual([])
    })
  })

  describe('among those of all tenants', () => {
    it('is found by its timer when it is due, by ids alone', async () => {
      const [first, second] = [await openTenant(bed()), await openTenant(bed())]
      const due = await create(first)
      await create(second, { words: 'every day at 9' })
      expect(await dueSchedules(at(first, firstRun - 1))).toEqual([])
      expect(await dueSchedules(at(first, firstRun))).toEqual([
        { scheduleId: due.scheduleId, tenantId: first.tenantId },
      ])
    })

    it('is run once by two schedulers at once, each under its own tenant', async () => {
      const tenants = [await openTenant(bed()), await openTenant(bed()), await openTenant(bed())]
      const made = await Promise.all(tenants.map(async (tenant) => ({ tenant, ...(await create(tenant)) })))
      const store = { ...bed().store(), now: () => firstRun }
      const opened = await Promise.all([runDueSchedules(store), runDueSchedules(store)])
      expect(opened.reduce((sum, many) => sum + many)).toBe(3)
      for (const { scheduleId, tenant } of made) {
        const job = only(await jobsOf(scheduleId))
        expect(
          await bed().admin`select 1 from loom.jobs where id = ${job.id} and tenant_id = ${tenant.tenantId}`,
        ).toHaveLength(1)
      }
      expect(await runDueSchedules(store)).toBe(0)
    })

    it('does not wait for one that cannot be opened, which rests; no word of it is logged', async () => {
      const [broken, whole] = [await openTenant(bed()), await openTenant(bed())]
      const bad = await create(broken, { words: 'every day at 7:59' })
      const good = await create(whole)
      await bed().admin`update loom.schedules set prompt_sealed = '\\x00' where id = ${bad.scheduleId}`
      const logged: string[] = []
      const keep = (...line: unknown[]) => void logged.push(JSON.stringify(line))
      const log = { ...silentLog, info: keep, error: keep }
      expect(await runDueSchedules({ ...bed().store(), now: () => firstRun, log })).toBe(1)
      expect(await jobsOf(good.scheduleId)).toHaveLength(1)
      expect(await timers(broken)).toEqual([[bad.scheduleId, firstRun + minuteMs]])
      expect(logged).toHaveLength(2)
      expect(logged.join()).not.toContain('churn')
    })
  })
})
