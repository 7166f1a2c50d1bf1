import { describe, expect, it } from 'vitest'
import { answer } from '../../../src/bots/desk/answer.ts'
import { press } from '../../../src/bots/desk/approve.ts'
import { runCommand } from '../../../src/bots/desk/command.ts'
import type { Acting } from '../../../src/bots/desk/desk.ts'
import { detailsOf } from '../../../src/bots/desk/details.ts'
import { shortId } from '../../../src/bots/desk/here.ts'
import { statusOf } from '../../../src/bots/desk/status.ts'
import { stop } from '../../../src/bots/desk/stop.ts'
import { typedWatch } from '../../../src/bots/desk/typed-watch.ts'
import { unwatch, watch, watchCalled } from '../../../src/bots/desk/watch.ts'
import { linkIdentities } from '../../../src/storage/identities/link.ts'
import { stopJob } from '../../../src/storage/jobs/stop.ts'
import { openTenant, systemOf, useBed } from '../../storage/support/bed.ts'
import { freshThread, secondChat } from '../../storage/support/second-chat.ts'
import { describeOneServer } from '../../support/store.ts'
import { actor, as, openDesk, openRunning } from './scene.ts'

const running =
  'Everyone who can read this channel sees it from now on: the card, the questions, and the answer with its files. A reply here steers the job.'

describeOneServer('watching at the desk', (server) => {
  const bed = useBed(server)

  /** A job of one chat, and people in a thread of another chat of the same account. */
  async function scene() {
    const tenant = await openTenant(bed())
    const asker = await actor(tenant)
    const job = await openRunning(bed(), as(tenant, asker))
    const chat = await secondChat(tenant)
    const thread = freshThread()
    const there = (who: Acting): Acting => ({
      ...who,
      account: { ...who.account, installationId: chat.installationId },
      thread,
    })
    const same = async (): Promise<Acting> => {
      const other = await actor(tenant)
      const pair = { identityId: other.account.identityId, sameAsId: asker.account.identityId }
      await linkIdentities(tenant.store, systemOf(tenant), pair)
      return there(other)
    }
    const somebody = async (input?: Parameters<typeof actor>[1]) => there(await actor(tenant, input))
    return { tenant, asker, job, thread, there, same, somebody, desk: openDesk(tenant), jobId: job.jobId }
  }
  const line = (desk: ReturnType<typeof openDesk>, who: Acting, text: string) =>
    runCommand(desk, who, { text, command: '/loom', mention: '@Loom', nameOf: (id) => id })

  it('shows a job at the word of who asked, whoever they are there, and says who sees it', async () => {
    const { desk, jobId, same, thread } = await scene()
    const who = await same()
    expect(await watch(desk, who, { jobId, thread })).toEqual({ text: running, changed: true })
    expect(await watch(desk, who, { jobId, thread })).toEqual({
      text: 'This job is shown in this thread already.',
      changed: false,
    })
  })

  it('is for admins too, and nobody else even learns that there is such a job', async () => {
    const { desk, job, jobId, somebody, tenant, thread } = await scene()
    const attempts: Acting[] = [
      await somebody(),
      await somebody({ standing: { admin: false } }),
      { ...(await somebody()), thread: job.thread },
    ]
    for (const who of attempts.slice(0, 2)) {
      await expect(watch(desk, who, { jobId, thread })).rejects.toMatchObject({ kind: 'not_found' })
    }
    const reader = { ...attempts[2], thread: job.thread } as Acting
    await expect(watch(desk, reader, { jobId, thread: job.thread })).rejects.toMatchObject({
      kind: 'forbidden',
    })
    const guest = await somebody({ role: 'admin', standing: { admin: true, stranger: true } })
    await expect(watch(desk, guest, { jobId, thread })).rejects.toMatchObject({ kind: 'forbidden' })
    const demoted = await somebody({ role: 'admin', standing: { admin: false } })
    await expect(watch(desk, demoted, { jobId, thread })).rejects.toMatchObject({ kind: 'forbidden' })
    const admin = await somebody({ role: 'admin', standing: { admin: true } })
    expect(await watch(desk, admin, { jobId, thread })).toMatchObject({ changed: true })
    expect(
      await bed().admin`select 1 from loom.job_threads where tenant_id = ${tenant.tenantId}`,
    ).toHaveLength(2)
  })

  it('shows it nowhere but where somebody speaks, and finds no job of another account', async () => {
    const { desk, jobId, same, thread } = await scene()
    const who = await same()
    const elsewhere = watch(desk, who, { jobId, thread: freshThread() })
    await expect(elsewhere).rejects.toMatchObject({ kind: 'forbidden' })
    const inChannel = { ...who, channel: 'slack:C0WATCH' }
    delete inChannel.thread
    expect(await watch(desk, inChannel, { jobId, thread: freshThread() })).toMatchObject({ changed: true })
    const other = await openTenant(bed())
    const stranger = { ...(await actor(other, { role: 'owner' })), thread }
    await expect(watch(openDesk(other), stranger, { jobId, thread })).rejects.toMatchObject({
      kind: 'not_found',
    })
  })

  describe('from the thread that watches', () => {
    async function watched(ask: 'question' | 'approval' | 'nothing') {
      const all = await scene()
      const id = ask === 'question' ? await all.job.ask() : ask === 'approval' ? await all.job.need() : ''
      await watch(all.desk, await all.same(), all)
      return { ...all, id }
    }

    it('people answer what is asked, and see and stop the job like those of its own thread', async () => {
      const { desk, id, jobId, somebody } = await watched('question')
      const who = await somebody()
      const { here, own } = await statusOf(desk, who)
      expect([own, here.map((job) => job.jobId)]).toEqual([[], [jobId]])
      const { parts } = await detailsOf(desk, who, { jobId })
      expect(parts.at(-1)).toEqual({
        title: 'Shown in',
        lines: ['the terminal: 1 thread', 'Slack: 1 thread'],
      })
      const said = { jobId, questionId: id, said: { choice: 1 } }
      expect(await answer(desk, who, said)).toEqual({ text: 'Answered: that', changed: true })
      expect(await stop(desk, who, { jobId })).toMatchObject({ changed: true })
    })

    it('only who asked, on whichever platform, and admins approve', async () => {
      const { desk, id, jobId, same, somebody } = await watched('approval')
      const way = { jobId, approvalId: id, press: 'approved' } as const
      await expect(press(desk, await somebody(), way)).rejects.toMatchObject({ kind: 'forbidden' })
      expect(await press(desk, await same(), way)).toMatchObject({ changed: true })
    })

    it('anybody of the workspace ends it, and from then on the job is nobody’s there', async () => {
      const { desk, jobId, somebody, thread } = await watched('nothing')
      const who = await somebody()
      expect(await unwatch(desk, who, { jobId, thread })).toEqual({
        text: 'This job is no longer shown here.',
        changed: true,
      })
      for (const verb of [stop, unwatch] as const) {
        await expect(verb(desk, who, { jobId, thread })).rejects.toMatchObject({ kind: 'not_found' })
      }
    })
  })

  it('goes by the end of an ID, in a command or in words, and by none where the thread shows one job', async () => {
    const { desk, jobId, same, tenant, thread } = await scene()
    const who = await same()
    const name = shortId(jobId)
    const nowhere = { ...who, channel: 'slack:C0ELSE' }
    delete nowhere.thread
    expect((await line(desk, nowhere, `watch ${name}`)).text).toContain(`\n\n@Loom watch ${name}`)
    expect((await line(desk, who, 'watch the prices')).text).toContain('@Loom watch the prices')
    await expect(line(desk, who, 'watch 00000000')).rejects.toMatchObject({ kind: 'not_found' })
    expect(await line(desk, who, `watch ${name}`)).toEqual({ text: running, changed: true })
    expect(await line(desk, who, 'unwatch')).toMatchObject({ changed: true })
    await stopJob(tenant.store, systemOf(tenant), { jobId, state: 'cancelled', answer: 'Stopped.' })
    const typed = typedWatch(`watch ${jobId}`)
    if (!typed) throw new Error('not understood')
    expect(await watchCalled(desk, who, { ...typed, thread })).toEqual({
      text: 'Everyone who can read this channel sees it from now on: the card, the answer and its files. The job has ended.',
      changed: true,
    })
  })

  it('is not what a brief asks for that begins with the word', () => {
    const typed = (text: string) => typedWatch(text)
    expect(typed(' Watch 3F9A2C1B ')).toEqual({ verb: 'watch', name: '3f9a2c1b' })
    expect(typed('unwatch')).toEqual({ verb: 'unwatch', name: undefined })
    expect(typed('unwatch 3f9a2c1b')).toEqual({ verb: 'unwatch', name: '3f9a2c1b' })
    for (const text of [
      'watch',
      'watch the prices',
      'watch 3f9a2c1b and tell me',
      'watch 3f9a',
      'unwatch it',
    ]) {
      expect(typed(text)).toBeUndefined()
    }
  })
})
