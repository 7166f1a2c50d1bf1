import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { recordAttachments } from '../../../src/storage/briefs/attachments.ts'
import { sayTo } from '../../../src/storage/briefs/say.ts'
import { takeContext } from '../../../src/storage/briefs/take-context.ts'
import { heedPerson, ignorePerson } from '../../../src/storage/identities/ignore.ts'
import { stopJob } from '../../../src/storage/jobs/stop.ts'
import { createSchedule } from '../../../src/storage/schedules/create.ts'
import { runSchedule } from '../../../src/storage/schedules/run.ts'
import { changeThreadMessage } from '../../../src/storage/threads/change.ts'
import { keepThreadMessage } from '../../../src/storage/threads/keep.ts'
import { keepHistory } from '../../../src/storage/threads/keep-history.ts'
import { describeOneServer } from '../../support/store.ts'
import { only, openTenant, systemOf, type Tenant, useBed } from '../support/bed.ts'
import { accept, claim, openJob } from '../support/jobs.ts'
import { overheard, transparent } from './support.ts'

describeOneServer('ignoring a person', (server) => {
  const bed = useBed(server)

  const bodies = async ({ tenantId }: Tenant) =>
    (
      await bed().admin`
      select convert_from(body_sealed, 'utf8') as text from loom.messages where tenant_id = ${tenantId}`
    ).map((row) => String(row.text))
  const names = async (jobId: string) =>
    (
      await bed().admin`
      select convert_from(a.name_sealed, 'utf8') as name from loom.jobs j join loom.attachments a on a.brief_id = j.brief_id
      where j.id = ${jobId} order by a.position`
    ).map((row) => String(row.name))

  it('takes no word, newer text, file or name of theirs into anything, until they wish to be heard', async () => {
    const tenant = { ...(await openTenant(bed())), store: transparent(bed().store()) }
    const { store } = tenant
    const holder = randomUUID()
    const gather = async (jobId: string) =>
      only((await claim(tenant, { holder, lane: 'bot' })).filter((task) => task.jobId === jobId))
    const theirs = overheard('ada', 'said before', { files: [{ name: 'ada.csv', source: 'local:/ada.csv' }] })
    const bens = overheard('ben', 'ben said', { files: [{ name: 'ben.csv', source: 'local:/ben.csv' }] })
    const first = await openJob(bed(), tenant, { hasHistory: true })
    const task = await gather(first.jobId)
    await keepHistory(store, systemOf(tenant), { task, holder, messages: [theirs, bens] })
    await takeContext(store, systemOf(tenant), { task, holder })
    const rows = await bed().admin`
      select a.id, convert_from(a.name_sealed, 'utf8') as name from loom.jobs j
      join loom.attachments a on a.brief_id = j.brief_id where j.id = ${first.jobId}`
    const fetched = rows.map(({ id, name }) => ({
      ...{ id, state: 'stored' as const, path: `inputs/${name}`, sha256: Buffer.from(name).toString('hex') },
      ...{ bytes: 1, mediaType: 'text/csv' },
    }))
    await recordAttachments(store, systemOf(tenant), { task, holder, fetched })
    await bed().admin`update loom.tasks set state = 'done' where id = ${task.taskId}`
    await stopJob(store, systemOf(tenant), { jobId: first.jobId, state: 'done', answer: 'done' })
    expect((await names(first.jobId)).sort()).toEqual(['ada.csv', 'ben.csv'])

    const ada = only(
      await bed().admin`
      select identity_id as id from loom.messages
      where tenant_id = ${tenant.tenantId} and convert_from(body_sealed, 'utf8') = 'said before'`,
    )
    const as = { tenantId: tenant.tenantId, actor: { kind: 'person', identityId: ada.id } } as const
    const { scheduleId } = await createSchedule(store, as, {
      ...{ installationId: tenant.installationId, thread: first.thread, prompt: 'recurs' },
      ...{ words: 'every hour', timeZone: 'UTC' },
    })
    await ignorePerson(store, as, { identityId: ada.id })
    await ignorePerson(store, as, { identityId: ada.id })
    expect(
      only(await bed().admin`select name_sealed from loom.identities where id = ${ada.id}`).name_sealed,
    ).toBeNull()

    const order = { ...tenant, identityId: ada.id }
    await expect(accept(order, { text: 'an order' })).rejects.toMatchObject({ kind: 'forbidden' })
    const change = { thread: first.thread, key: theirs.key, text: 'a newer text' }
    expect(await changeThreadMessage(store, systemOf(tenant), change)).toBe(false)
    const message = overheard('ada', 'said after')
    expect(await keepThreadMessage(store, systemOf(tenant), { thread: first.thread, message })).toBe(false)
    const later = { ...store, now: () => Date.now() + 2 * 60 * 60_000 }
    expect(await runSchedule(later, systemOf(tenant), { scheduleId })).toEqual({
      kind: 'skipped',
      reason: 'gone',
    })

    const second = await openJob(bed(), tenant, { thread: first.thread, hasHistory: true })
    await expect(sayTo(store, as, { jobId: second.jobId, text: 'a steer' })).rejects.toMatchObject({
      kind: 'forbidden',
    })
    const next = await gather(second.jobId)
    const newer = { ...theirs, text: 'read anew' }
    await keepHistory(store, systemOf(tenant), { task: next, holder, messages: [newer, message, bens] })
    await takeContext(store, systemOf(tenant), { task: next, holder })
    expect((await bodies(tenant)).filter((text) => /newer|anew|after|order|steer/.test(text))).toEqual([])
    const cited = await bed().admin`
      select convert_from(m.body_sealed, 'utf8') as text from loom.jobs j
      join loom.brief_messages c on c.brief_id = j.brief_id join loom.messages m on m.id = c.message_id
      where j.id = ${second.jobId} and c.position < 0 order by c.position`
    expect(cited.map((row) => row.text)).not.toContain('said before')
    expect(cited.map((row) => row.text)).toContain('ben said')
    expect(await names(second.jobId)).toEqual(['ben.csv'])

    await heedPerson(store, as, { identityId: ada.id })
    expect(await keepThreadMessage(store, systemOf(tenant), { thread: first.thread, message })).toBe(true)
    const audited = await bed().admin`
      select action from loom.audit_log where tenant_id = ${tenant.tenantId} and action like 'person%' order by id`
    expect(audited.map((row) => row.action)).toEqual(['person.ignore', 'person.heed'])
  })
})
