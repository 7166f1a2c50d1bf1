import { expect, it } from 'vitest'
import { answer } from '../../../src/bots/desk/answer.ts'
import { press } from '../../../src/bots/desk/approve.ts'
import { adjustCap } from '../../../src/bots/desk/cap.ts'
import { finish } from '../../../src/bots/desk/finish.ts'
import { stop } from '../../../src/bots/desk/stop.ts'
import { LoomError } from '../../../src/core/errors.ts'
import { loadApproval } from '../../../src/storage/approvals/load.ts'
import { loadAnswer } from '../../../src/storage/jobs/answer.ts'
import { viewJob } from '../../../src/storage/jobs/view.ts'
import { openTenant, useBed } from '../../storage/support/bed.ts'
import { describeOneServer } from '../../support/store.ts'
import { actor, as, openDesk, openRunning } from './scene.ts'

describeOneServer('a press at the desk', (server) => {
  const bed = useBed(server)

  async function scene() {
    const tenant = await openTenant(bed())
    const asker = await actor(tenant)
    const job = await openRunning(bed(), as(tenant, asker))
    return { tenant, asker, job, desk: openDesk(tenant), at: { thread: job.thread } }
  }
  const stateOf = async (tenant: Awaited<ReturnType<typeof openTenant>>, jobId: string) =>
    (await viewJob(tenant.store, tenant.context, { jobId }))?.card.state

  it('stops a job for anyone of the workspace in its thread; the second of two who press at once is told so', async () => {
    const { at, desk, job, tenant } = await scene()
    const [one, two] = [await actor(tenant), await actor(tenant)]
    const { jobId } = job
    const replies = await Promise.all([one, two].map((who) => stop(desk, { ...who, ...at }, { jobId })))
    expect(replies.map(({ changed }) => changed).sort()).toEqual([false, true])
    expect(replies.map(({ text }) => text).sort()).toEqual([
      'The job had ended already.',
      'The job is stopped.',
    ])
    expect(await stateOf(tenant, jobId)).toBe('cancelled')
  })

  it('says in the answer who stopped it, and a name is no markup there', async () => {
    const { at, desk, job, tenant } = await scene()
    const standing = { name: '[Eve](https://evil.example) <!channel>\n# x' }
    await stop(desk, { ...(await actor(tenant, { standing })), ...at }, { jobId: job.jobId })
    const answer = await loadAnswer(tenant.store, tenant.context, { jobId: job.jobId })
    expect(answer?.markdown).toBe(
      'Stopped by \\[Eve\\]\\(https\\://evil.example\\) \\<\\!channel\\> \\# x. The files that were finished are kept and listed below.',
    )
  })

  it('finds a job only from its own thread, unless it is one’s own', async () => {
    const { asker, desk, job, tenant } = await scene()
    const { jobId } = job
    const elsewhere = { ...(await actor(tenant)), thread: 'slack:C0ELSE:1.000001' } as const
    await expect(stop(desk, elsewhere, { jobId })).rejects.toMatchObject({ kind: 'not_found' })
    await expect(stop(desk, await actor(tenant), { jobId })).rejects.toMatchObject({ kind: 'not_found' })
    expect(await stateOf(tenant, jobId)).toBe('running')
    await expect(stop(desk, { ...asker, thread: elsewhere.thread }, { jobId })).resolves.toMatchObject({
      changed: true,
    })
  })

  it('finds no job of another account, whatever its thread is called', async () => {
    const { desk, job, tenant } = await scene()
    const other = await openTenant(bed())
    const stranger = { ...(await actor(other, { role: 'owner' })), thread: job.thread }
    for (const verb of [stop, finish]) {
      await expect(verb(openDesk(other), stranger, { jobId: job.jobId })).rejects.toMatchObject({
        kind: 'not_found',
        message: 'There is no such job here.',
      })
    }
    expect(await stateOf(tenant, job.jobId)).toBe('running')
    expect(desk.rung).toEqual([])
  })

  it('lets people of other organisations read and press nothing', async () => {
    const { at, desk, job, tenant } = await scene()
    const guest = { ...(await actor(tenant, { standing: { stranger: true, admin: true } })), ...at }
    await expect(stop(desk, guest, { jobId: job.jobId })).rejects.toMatchObject({ kind: 'forbidden' })
    expect(await stateOf(tenant, job.jobId)).toBe('running')
  })

  it('decides only for who asked, and for those whom the platform calls admins at that moment', async () => {
    const { at, desk, job, tenant } = await scene()
    const { jobId } = job
    const raise = (who: Awaited<ReturnType<typeof actor>>) =>
      adjustCap(desk, { ...who, ...at }, { jobId, amount: '8' })
    await expect(raise(await actor(tenant))).rejects.toMatchObject({ kind: 'forbidden' })
    const demoted = await actor(tenant, { role: 'admin', standing: { admin: false } })
    await expect(raise(demoted)).rejects.toMatchObject({ kind: 'forbidden' })
    const promoted = await actor(tenant, { standing: { admin: true, name: 'Dana' } })
    await expect(raise(promoted)).resolves.toEqual({ text: 'The cap is $8.00 now.', changed: true })
    const roles = await bed()
      .admin`select role from loom.identities where id in (${demoted.account.identityId}, ${promoted.account.identityId}) order by role`
    expect(roles.map(({ role }) => role)).toEqual(['admin', 'member'])
  })

  it('goes by what it knew of a person where the platform does not answer', async () => {
    const { asker, at, desk, job, tenant } = await scene()
    const silent = async () => {
      throw new LoomError({ kind: 'unavailable', message: 'Slack does not answer.' })
    }
    const { jobId } = job
    const press = (who: Awaited<ReturnType<typeof actor>>, amount: string) =>
      adjustCap(desk, { ...who, ...at, standing: silent }, { jobId, amount })
    await expect(press(await actor(tenant), '7')).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(press(asker, '7')).resolves.toMatchObject({ changed: true })
    await expect(press(await actor(tenant, { role: 'admin' }), '9')).resolves.toMatchObject({ changed: true })
  })

  it('approves once and says who pressed; late, double and forged presses change nothing', async () => {
    const { asker, at, desk, job, tenant } = await scene()
    const approvalId = await job.need()
    const { jobId } = job
    const named = { ...asker, ...at, standing: async () => ({ name: 'Ana', admin: false, stranger: false }) }
    const way = (press: 'approved' | 'denied') => ({ jobId, approvalId, press })
    await expect(press(desk, { ...(await actor(tenant)), ...at }, way('approved'))).rejects.toMatchObject({
      kind: 'forbidden',
    })
    const other = await openRunning(bed(), as(tenant, asker))
    await expect(press(desk, named, { ...way('approved'), jobId: other.jobId })).rejects.toMatchObject({
      kind: 'not_found',
    })
    expect(await press(desk, named, way('denied'))).toEqual({
      text: 'Denied. The agent is told; the job goes on without it.',
      changed: true,
    })
    expect(await press(desk, named, way('approved'))).toEqual({
      text: 'That was denied already.',
      changed: false,
    })
    expect(desk.rung).toEqual(['worker'])
    const approval = await loadApproval(tenant.store, tenant.context, { approvalId })
    expect(approval).toMatchObject({ state: 'denied', pressedBy: 'Ana' })
  })

  it('says that an approval came too late', async () => {
    const { asker, at, desk, job } = await scene()
    const approvalId = await job.need()
    const later = { ...desk, store: { ...desk.store, now: () => Date.now() + 25 * 3_600_000 } }
    const pressed = { jobId: job.jobId, approvalId, press: 'approved' } as const
    expect(await press(later, { ...asker, ...at }, pressed)).toEqual({
      text: 'It was too late: the time to approve this had run out.',
      changed: false,
    })
    expect(desk.rung).toEqual([])
  })

  it('takes one answer to a question: a choice by its number or words of one’s own', async () => {
    const { at, desk, job, tenant } = await scene()
    const questionId = await job.ask(['the small one', 'the large one'])
    const { jobId } = job
    const [one, two] = [await actor(tenant), await actor(tenant)]
    const asked = { jobId, questionId }
    expect(await answer(desk, { ...one, ...at }, { ...asked, said: { choice: 7 } })).toEqual({
      text: 'That choice is no longer there.',
      changed: false,
    })
    await expect(answer(desk, { ...one, ...at }, { ...asked, said: { text: ' ' } })).rejects.toMatchObject({
      kind: 'invalid_input',
    })
    const both = await Promise.all([
      answer(desk, { ...one, ...at }, { ...asked, said: { choice: 1 } }),
      answer(desk, { ...two, ...at }, { ...asked, said: { choice: 1 } }),
    ])
    expect(both.map(({ text }) => text).sort()).toEqual([
      'Answered: the large one',
      'That was answered already; the first answer stands.',
    ])
  })
})
