import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { pressApproval } from '../../src/storage/approvals/press.ts'
import { threadsOf } from '../../src/storage/artifacts/threads-of.ts'
import { inTenant } from '../../src/storage/database.ts'
import { claimDeliveries, loadDelivery } from '../../src/storage/deliveries/claim.ts'
import { changeIdentity } from '../../src/storage/identities/change.ts'
import { linkIdentities } from '../../src/storage/identities/link.ts'
import { revokeInstallation } from '../../src/storage/installations/revoke.ts'
import { findUnfinished } from '../../src/storage/jobs/find.ts'
import { jobsCalled } from '../../src/storage/jobs/find-called.ts'
import { listJobs } from '../../src/storage/jobs/list.ts'
import { lookAtJob } from '../../src/storage/jobs/look.ts'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { viewJob } from '../../src/storage/jobs/view.ts'
import { warnOfCap } from '../../src/storage/jobs/warn-of-cap.ts'
import { unwatchJob, watchJob } from '../../src/storage/jobs/watch.ts'
import { answerQuestion } from '../../src/storage/questions/answer.ts'
import { askerOf } from '../../src/storage/threads/asker.ts'
import { changeThreadMessage } from '../../src/storage/threads/change.ts'
import { openRunning } from '../bots/desk/scene.ts'
import { gather, plannerOf, slackThread } from '../bots/support/gathering.ts'
import { describeOneServer } from '../support/store.ts'
import { only, openTenant, sealerOf, systemOf, type Tenant, useBed } from './support/bed.ts'
import { accept, mentionOf } from './support/jobs.ts'
import { asPerson, freshThread, secondChat, sentTo } from './support/second-chat.ts'

const told =
  'notice pending due This is also shown in another thread of Slack from now on: its card, its questions and its answer.'

describeOneServer('a job that another thread watches', (server) => {
  const bed = useBed(server)

  /** A job of a thread of Slack, and another chat of the same account. */
  async function scene() {
    const home = await secondChat(await openTenant(bed()))
    const job = await openRunning(bed(), home, { thread: slackThread() })
    const other = await secondChat(home)
    const thread = freshThread()
    const { jobId } = job
    const watch = (who: Tenant = home, at = thread) =>
      watchJob(home.store, who.context, { jobId, installationId: other.installationId, thread: at })
    const sent = (at = thread) => sentTo(bed(), home, at)
    const stop = () => stopJob(home.store, home.context, { jobId, state: 'cancelled', answer: 'Stopped.' })
    /** All that is due is shown, as an outbox would. */
    const show = () => bed().admin`
      with shown as (delete from loom.due_deliveries where job_id = ${jobId} returning delivery_id)
      update loom.deliveries d set state = 'sent', ref_sealed = 'x' from shown s where d.id = s.delivery_id`
    return { home, other, job, jobId, thread, watch, sent, stop, show }
  }
  const actionsOf = async ({ tenantId }: Tenant, like: string) => {
    const rows = await bed().admin`
      select action from loom.audit_log where tenant_id = ${tenantId} and action like ${like} order by created_at, id`
    return rows.map(({ action }) => action)
  }

  describe('while it runs', () => {
    it('shows there its card, and from then on all that its own thread is shown', async () => {
      const { home, job, jobId, sent, stop, watch } = await scene()
      expect(await watch()).toEqual({ kind: 'watching', ended: false })
      expect(await sent()).toEqual(['card pending due'])
      expect(await sent(job.thread)).toEqual(['card pending due', told])
      await job.need()
      const cap = {
        scope: 'channel_day',
        key: 'x',
        settledMicroUsd: 800_000,
        capMicroUsd: 1_000_000,
      } as const
      const sealer = await sealerOf(home)
      await inTenant(home.store, home.tenantId, (tx) =>
        warnOfCap({ store: home.store, tx, sealer }, { tenantId: home.tenantId, jobId, cap }),
      )
      await stop()
      const notice = (which: string) =>
        `notice pending due 80 % of ${which} is spent: $0.80 of $1.00. At the cap its jobs pause, and what is done is kept.`
      expect((await sent()).slice(1)).toEqual([
        'approval pending due',
        notice('the cap for the day of the channel it was asked in'),
        'answer pending due',
      ])
      expect((await sent(job.thread)).slice(2)).toEqual([
        'approval pending due',
        notice("this channel's cap for the day"),
        'answer pending due',
      ])
      const look = await lookAtJob(home.store, home.context, { jobId })
      expect(look?.threads).toEqual([job.thread, expect.stringContaining('C0WATCH')])
      expect(await actionsOf(home, 'job.watch')).toEqual(['job.watch'])
    })

    it('is watched once by a thread, however often somebody says so, and at once', async () => {
      const { home, job, jobId, other, sent, watch } = await scene()
      const kinds = (await Promise.all([watch(), watch(), watch()])).map((each) => each?.kind)
      expect(kinds.sort()).toEqual(['already', 'already', 'watching'])
      expect(await sent()).toEqual(['card pending due'])
      const { installationId } = home
      const own = { jobId, installationId, thread: job.thread }
      expect(await watchJob(home.store, home.context, own)).toEqual({ kind: 'already' })
      const none = {
        ...own,
        jobId: randomUUID(),
        installationId: other.installationId,
        thread: freshThread(),
      }
      expect(await watchJob(home.store, home.context, none)).toBeUndefined()
    })

    it('is answered from either thread: one answer, and both messages say so', async () => {
      const { home, job, jobId, other, sent, show, thread, watch } = await scene()
      const questionId = await job.ask(['this', 'that'])
      await watch()
      expect(await sent()).toEqual(['card pending due', 'question pending due'])
      await show()
      const person = await asPerson(other, 'slack')
      expect(await accept(person, { thread, text: '2' })).toEqual({ kind: 'answered', jobId })
      for (const at of [thread, job.thread]) expect(await sent(at)).toContain('question pending due')
      const late = await answerQuestion(home.store, home.context, { jobId, questionId, text: '1' })
      expect(late).toEqual({ kind: 'answered_already' })
    })

    it('is steered by replies there, which are taken back and corrected there, and no second job begins', async () => {
      const { home, jobId, other, thread, watch } = await scene()
      await watch()
      const mention = mentionOf({ thread, text: 'only the yearly prices' })
      expect(await accept(other, mention)).toEqual({ kind: 'steered', jobId })
      const { key } = mention
      const change = { thread, key, text: 'only the monthly prices' }
      expect(await changeThreadMessage(home.store, home.context, change)).toBe(true)
      expect(await bed().admin`select 1 from loom.jobs where tenant_id = ${home.tenantId}`).toHaveLength(1)
    })

    it('is refused a thread that has a job of its own, in words, and leaves that one alone', async () => {
      const { home, other, sent, thread, watch } = await scene()
      const own = await accept(other, { thread })
      await expect(watch()).rejects.toMatchObject({
        kind: 'conflict',
        message: expect.stringContaining('Another job runs in this thread'),
      })
      expect(await sent()).toEqual(['card pending due'])
      await stopJob(home.store, home.context, { jobId: own.jobId ?? '', state: 'cancelled', answer: 'x' })
      expect(await watch()).toMatchObject({ kind: 'watching' })
    })

    it('is shown by who asked, as whoever they are elsewhere, by admins and by the operator, and by nobody else', async () => {
      const { home, other, watch } = await scene()
      const stranger = await asPerson(other, 'slack')
      await expect(watch(stranger)).rejects.toMatchObject({ kind: 'forbidden' })
      await expect(watch({ ...home, context: systemOf(home) })).rejects.toMatchObject({ kind: 'forbidden' })
      const admin = await asPerson(other, 'slack')
      await changeIdentity(home.store, systemOf(home), { identityId: admin.identityId, role: 'admin' })
      const same = await asPerson(other, 'slack')
      const pair = { identityId: same.identityId, sameAsId: home.identityId }
      expect(await linkIdentities(home.store, systemOf(home), pair)).toBe('linked')
      const operator = { ...home, context: { ...home.context, actor: { kind: 'operator' } } } as const
      for (const who of [same, admin, operator]) {
        expect(await watch(who, freshThread())).toMatchObject({ kind: 'watching' })
      }
    })

    it('goes through no chat that is not connected, or of another kind than the thread', async () => {
      const { home, jobId, other, thread, watch } = await scene()
      const through = (installationId: string, at = thread) =>
        watchJob(home.store, home.context, { jobId, installationId, thread: at })
      const elsewhere = await secondChat(await openTenant(bed()))
      const bad = [
        through(elsewhere.installationId),
        through(other.installationId, 'discord:1:2'),
        through(randomUUID()),
      ]
      for (const attempt of await Promise.allSettled(bad)) {
        expect(attempt).toMatchObject({ reason: { kind: 'not_found' } })
      }
      await revokeInstallation(home.store, systemOf(home), { installationId: other.installationId })
      await expect(watch()).rejects.toMatchObject({ kind: 'not_found' })
    })

    it('goes on when the chat that watched it removes Loom, and nothing of it goes there any more', async () => {
      const { home, job, jobId, other, sent, show, stop, thread, watch } = await scene()
      await watch()
      await show()
      const revoked = await revokeInstallation(home.store, systemOf(home), {
        installationId: other.installationId,
      })
      expect(revoked).toEqual({ stopped: 0 })
      expect((await viewJob(home.store, home.context, { jobId }))?.card.state).toBe('running')
      await job.ask()
      await stop()
      expect(await sent()).toEqual(['card sent'])
      const file = only(await bed().admin`select id from loom.artifacts where job_id = ${jobId}`)
      const addresses = await threadsOf(home.store, home.context, { artifactId: file.id })
      expect(addresses.map((each) => each.thread)).toEqual([job.thread])
      expect(thread).not.toBe(job.thread)
    })
  })

  describe('that has ended', () => {
    it('shows its card and its answer there, once', async () => {
      const { job, sent, stop, show, watch } = await scene()
      await job.ask()
      await stop()
      expect(await watch()).toEqual({ kind: 'watching', ended: true })
      expect(await sent()).toEqual(['card pending due', 'answer pending due'])
      expect((await sent(job.thread)).at(-1)).toBe(
        'notice pending due The answer to this was also shown in another thread of Slack.',
      )
      await show()
      expect(await watch()).toEqual({ kind: 'already' })
      expect(await sent()).toEqual(['card sent', 'answer sent'])
    })

    it('is gone on from there with what was shown there, and not with what it was given', async () => {
      const { home, jobId, other, stop, thread, watch } = await scene()
      await bed().admin`
        insert into loom.attachments (tenant_id, id, brief_id, position, state, name_sealed, path_sealed, sha256)
        select tenant_id, gen_random_uuid(), brief_id, 0, 'stored', 'x', 'x', 'x' from loom.jobs where id = ${jobId}`
      await watch()
      await stop()
      await bed()
        .admin`update loom.tasks set kind = 'gather', state = 'done' where job_id = ${jobId} and kind = 'plan'`
      const file = only(await bed().admin`select sha256 from loom.artifacts where job_id = ${jobId}`)
      const blob = `${home.tenantId}/${jobId}/blobs/${file.sha256}`
      await home.store.objects.put(blob, Buffer.from('final/report.md'), { mediaType: 'text/markdown' })
      const next = await accept(other, { thread, text: 'And by month?', saidAtMs: Date.now() + 60_000 })
      expect(next.kind).toBe('job')
      await gather(bed(), other, next.jobId ?? '')
      const task = await plannerOf(bed(), other, next.jobId ?? '')
      expect(task.thread.map(({ author, text }) => [author, text])).toEqual([['Loom', 'Stopped.']])
      expect(task.layers.flat().map(({ path }) => path)).toEqual(['inputs/earlier/report.md'])
    })

    it('counts as unfinished only until its answer stands where it was asked', async () => {
      const { home, job, jobId, stop, watch } = await scene()
      await watch()
      await stop()
      const unfinished = async () =>
        (await findUnfinished(home.store, home.context, { limit: 10 })).map((each) => each.jobId)
      expect(await unfinished()).toEqual([jobId])
      await bed().admin`
        update loom.deliveries d set state = 'sent' from loom.threads t
        where t.id = d.thread_id and t.address = ${job.thread} and d.job_id = ${jobId}`
      expect(await unfinished()).toEqual([])
    })
  })

  describe('and is watched no more', () => {
    it('leaves the thread as it is, says so there, and closes links that stand there', async () => {
      const { home, job, jobId, sent, show, stop, thread, watch } = await scene()
      const questionId = await job.ask()
      await watch()
      await show()
      const away = () => unwatchJob(home.store, home.context, { jobId, thread })
      expect(await away()).toBe(true)
      expect(await away()).toBe(false)
      await answerQuestion(home.store, home.context, { jobId, questionId, text: 'this' })
      await stop()
      const gone = 'notice pending due This job is no longer shown here. What stands above stays as it was.'
      expect(await sent()).toEqual(['card withdrawn', 'question withdrawn', gone])
      const origin = { jobId, thread: job.thread }
      expect(await unwatchJob(home.store, home.context, origin)).toBe(false)
      expect((await lookAtJob(home.store, home.context, { jobId }))?.threads).toEqual([job.thread])
      expect(await actionsOf(home, 'job.unwatch')).toEqual(['job.unwatch'])
      expect((await accept(home, { thread })).kind).toBe('job')
    })

    it('comes back in the place where it stood, as it is by then', async () => {
      const { home, jobId, job, sent, show, stop, thread, watch } = await scene()
      const questionId = await job.ask()
      await watch()
      await show()
      await unwatchJob(home.store, home.context, { jobId, thread })
      await answerQuestion(home.store, home.context, { jobId, questionId, text: 'this' })
      await stop()
      await watch()
      const [card, question] = await sent()
      expect([card, question]).toEqual(['card pending due', 'question pending due'])
      expect((await sent()).at(-1)).toBe('answer pending due')
      const refs = await bed().admin`
        select count(d.ref_sealed)::int as many from loom.deliveries d join loom.threads t on t.id = d.thread_id
        where t.address = ${thread} and d.kind in ('card', 'question')`
      expect(only(refs).many).toBe(2)
    })
  })

  it('has its deliveries claimed by the platform and the chat of each thread', async () => {
    const { home, jobId, other, show, thread, watch } = await scene()
    await show()
    await watch()
    const claim = { platform: 'slack', holder: randomUUID(), limit: 10, leaseMs: 1_000 } as const
    const due = await claimDeliveries(home.store, claim)
    const loaded = await Promise.all(due.map((each) => loadDelivery(home.store, each)))
    const card = loaded.find((each) => each?.kind === 'card')
    expect(card).toMatchObject({ jobId, thread, installationId: other.installationId })
  })

  it('is found by the end of its id, and among what its person asked for under other names', async () => {
    const { home, jobId, other } = await scene()
    expect(await jobsCalled(home.store, home.context, { name: ` ${jobId.slice(-8).toUpperCase()}` })).toEqual(
      [jobId],
    )
    for (const name of ['', jobId.slice(-7)]) {
      expect(await jobsCalled(home.store, home.context, { name })).toEqual([])
    }
    const { identityId } = other
    const listed = async () =>
      (await listJobs(home.store, home.context, { limit: 5, askedBy: identityId })).map((job) => job.jobId)
    expect(await listed()).toEqual([])
    await linkIdentities(home.store, systemOf(home), { identityId, sameAsId: home.identityId })
    expect(await listed()).toEqual([jobId])
  })

  it('is of nobody whom the other platform knows, until its asker has a name there', async () => {
    const tenant = await openTenant(bed())
    const { store } = tenant
    const { jobId = '' } = await accept(tenant)
    const other = await secondChat(tenant)
    const { identityId, installationId } = other
    const thread = freshThread()
    await watchJob(store, tenant.context, { jobId, installationId, thread })
    const asker = () => askerOf(store, systemOf(tenant), { thread })
    expect(await asker()).toBeUndefined()
    await linkIdentities(store, systemOf(tenant), { identityId, sameAsId: tenant.identityId })
    expect(await asker()).toBe(other.externalId)
  })
})

describeOneServer('two identities', (server) => {
  const bed = useBed(server)

  async function scene() {
    const tenant = await openTenant(bed())
    const people = [await asPerson(tenant), await asPerson(tenant, 'slack'), await asPerson(tenant, 'slack')]
    const [one, two, three] = people.map(({ identityId }) => identityId)
    const link = (identityId = '', sameAsId = '') =>
      linkIdentities(tenant.store, tenant.context, { identityId, sameAsId })
    const memberOf = async (id = '') =>
      only(
        await bed().admin`
          select m.id, m.role from loom.identities i left join loom.members m on m.id = i.member_id where i.id = ${id}`,
      )
    return { tenant, one, two, three, link, memberOf }
  }

  it('become one member of the account, once, and a third one the same', async () => {
    const { link, memberOf, one, tenant, three, two } = await scene()
    expect(await link(two, one)).toBe('linked')
    expect(await link(two, one)).toBe('already')
    expect(await link(one, two)).toBe('already')
    expect(await link(three, two)).toBe('linked')
    const members = [await memberOf(one), await memberOf(two), await memberOf(three)]
    expect(new Set(members.map(({ id }) => id)).size).toBe(1)
    expect(members[0]).toMatchObject({ role: 'member' })
    const rows = await bed().admin`
      select subject_id, actor_id from loom.audit_log where tenant_id = ${tenant.tenantId} and action = 'identity.link'`
    expect(rows.map(({ subject_id }) => subject_id).sort()).toEqual([one, two, three].sort())
    expect(rows.every(({ actor_id }) => actor_id === tenant.identityId)).toBe(true)
  })

  it('stay apart where each is a member already, and are not linked to anybody who is not there', async () => {
    const { link, memberOf, one, tenant, three, two } = await scene()
    const four = (await asPerson(tenant)).identityId
    await link(one, two)
    await link(three, four)
    expect(await link(one, three)).toBe('apart')
    expect((await memberOf(one)).id).not.toBe((await memberOf(three)).id)
    expect(await link(one, randomUUID())).toBeUndefined()
  })

  it('make an owner on one platform an owner on the other, and an admin nothing more', async () => {
    const { link, memberOf, one, tenant, three, two } = await scene()
    await changeIdentity(tenant.store, systemOf(tenant), { identityId: one ?? '', role: 'admin' })
    await link(two, one)
    expect((await memberOf(two)).role).toBe('member')
    expect(await link(three, tenant.identityId)).toBe('linked')
    expect((await memberOf(three)).role).toBe('owner')
  })

  it('of one person decide for each other, also what was asked before', async () => {
    const { link, one, tenant, two } = await scene()
    const as = (identityId = '') => ({
      ...tenant,
      identityId,
      context: { tenantId: tenant.tenantId, actor: { kind: 'person', identityId } } as const,
    })
    const job = await openRunning(bed(), as(one))
    const approvalId = await job.need()
    const press = () => pressApproval(tenant.store, as(two).context, { approvalId, press: 'approved' })
    await expect(press()).rejects.toMatchObject({ kind: 'forbidden' })
    await link(two, one)
    expect(await press()).toEqual({ kind: 'approved' })
  })
})
