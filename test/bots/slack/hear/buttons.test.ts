import { randomUUID } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import { loadApproval } from '../../../../src/storage/approvals/load.ts'
import { openTenant, useBed } from '../../../storage/support/bed.ts'
import { describeOneServer } from '../../../support/store.ts'
import { openRunning } from '../../desk/scene.ts'
import { useWorkspace } from './bed.ts'

describeOneServer('a press in Slack', (server) => {
  const bed = useBed(server)
  const open = useWorkspace(bed)

  it('stops the job for anyone of the workspace, without a word beside the card', async () => {
    const { first } = await open()
    const job = await first.openJob()
    expect(await first.ben.press(job.card, 'loom:stop')).toMatchObject({ status: 200 })
    expect((await job.state()).state).toBe('cancelled')
    expect(first.ben.ephemerals()).toEqual([])
  })

  it('twice or by two at once has one effect, and the second is told kindly in the thread', async () => {
    const { first } = await open()
    const job = await first.openJob()
    await Promise.all([first.ana.press(job.card, 'loom:stop'), first.ben.press(job.card, 'loom:stop')])
    const told = [...first.ana.ephemerals(), ...first.ben.ephemerals()]
    expect(told).toMatchObject([{ text: 'The job had ended already.', threadTs: job.root.ts }])
  })

  it('by somebody of another organisation does nothing, and only they are told', async () => {
    const { first, slack } = await open()
    const job = await first.openJob()
    const guest = first.team.addUser({ name: 'Gil', homeTeamId: 'T0ELSEWHERE', isAdmin: true })
    await guest.press(job.card, 'loom:stop')
    expect((await job.state()).state).toBe('running')
    expect(guest.ephemerals()).toMatchObject([
      {
        text: 'People of other organisations can read along here. Deciding is up to the people of this one.',
        threadTs: job.root.ts,
      },
    ])
    slack.faults.next('users.info', { error: 'internal_error' })
  })

  it('decides by who it is to Slack at that moment: who asked, and its admins', async () => {
    const { first } = await open()
    const job = await first.openJob()
    const approvalId = await job.need()
    const { ts } = await first.postsButton(job.root.ts, 'loom:approve', { j: job.jobId, a: approvalId })
    await first.ben.press({ ts }, 'loom:approve')
    expect(first.ben.ephemerals()).toMatchObject([
      { text: 'Only the person who asked for this, an admin or an owner can decide it.' },
    ])
    await first.cleo.press({ ts }, 'loom:approve')
    const { context, store } = await first.as(first.ana)
    expect(await loadApproval(store, context, { approvalId })).toMatchObject({
      state: 'approved',
      pressedBy: 'Cleo',
    })
    await first.ana.press({ ts }, 'loom:approve')
    expect(first.ana.ephemerals()).toMatchObject([{ text: 'That was approved already.' }])
  })

  it('on an approval whose time has run out is told that it was too late', async () => {
    const { first, rung } = await open()
    const job = await first.openJob()
    const approvalId = await job.need()
    await bed()
      .admin`update loom.approvals set expires_at = now() - interval '1 minute' where id = ${approvalId}`
    const { ts } = await first.postsButton(job.root.ts, 'loom:approve', { j: job.jobId, a: approvalId })
    await first.ana.press({ ts }, 'loom:approve')
    expect(first.ana.ephemerals()).toMatchObject([
      { text: 'It was too late: the time to approve this had run out.' },
    ])
    expect(rung).toEqual([])
  })

  it('with the job of another tenant in its value finds nothing', async () => {
    const { first, join } = await open()
    const second = await join('Other')
    const theirs = await second.openJob()
    const mine = await first.openJob()
    const { ts } = await first.postsButton(mine.root.ts, 'loom:stop', { j: theirs.jobId })
    await first.cleo.press({ ts }, 'loom:stop')
    expect(first.cleo.ephemerals()).toMatchObject([{ text: 'There is no such job here.' }])
    expect((await theirs.state()).state).toBe('running')
  })

  it('with the job of another thread in its value finds it only for those who may decide', async () => {
    const { first } = await open()
    const [job, other] = [await first.openJob(), await first.openJob()]
    const { ts } = await first.postsButton(job.root.ts, 'loom:stop', { j: other.jobId })
    await first.ben.press({ ts }, 'loom:stop')
    expect(first.ben.ephemerals()).toMatchObject([{ text: 'There is no such job here.' }])
    expect((await other.state()).state).toBe('running')
  })

  it.each([
    ['no JSON', 'stop it'],
    ['no id', { j: "' or 1=1 --" }],
    ['another shape', [1, 2, 3]],
    ['nothing', {}],
    ['null', 'null'],
    ['too much', JSON.stringify({ j: randomUUID(), x: 'x'.repeat(1_900) })],
  ])('whose value is %s is answered with a sentence and changes nothing', async (_, value) => {
    const { first } = await open()
    const job = await first.openJob()
    const { ts } = await first.postsButton(job.root.ts, 'loom:stop', value)
    expect(await first.ana.press({ ts }, 'loom:stop')).toMatchObject({ status: 200 })
    expect(first.ana.ephemerals()[0]?.text).toMatch(/does nothing any more|no such job/)
    expect((await job.state()).state).toBe('running')
  })

  it.each(['loom:selfdestruct', 'loom:answer:9999', 'loom:constructor', 'loom:approve'])(
    'on %s without what it needs says that it does nothing any more',
    async (action) => {
      const { first } = await open()
      const job = await first.openJob()
      const { ts } = await first.postsButton(job.root.ts, action, { j: job.jobId })
      await first.ana.press({ ts }, action)
      expect(first.ana.ephemerals()).toMatchObject([{ text: 'That button does nothing any more.' }])
    },
  )

  it('on a choice answers the question once', async () => {
    const { first, rung } = await open()
    const job = await first.openJob()
    const questionId = await job.ask(['the small one', 'the large one'])
    const { ts } = await first.postsButton(job.root.ts, 'loom:answer:1', { j: job.jobId, q: questionId })
    await first.ben.press({ ts }, 'loom:answer:1')
    expect(first.ben.ephemerals()).toEqual([])
    expect(rung).toEqual(['worker'])
    await first.ana.press({ ts }, 'loom:answer:1')
    expect(first.ana.ephemerals()).toMatchObject([
      { text: 'That was answered already; the first answer stands.' },
    ])
  })

  it('keeps what somebody thought, and a file that they star, whose button then says so', async () => {
    const { first, slack } = await open()
    const job = await first.openJob()
    const [file] = await bed().admin`select id from loom.artifacts where job_id = ${job.jobId}`
    const starring = await first.postsButton(job.root.ts, 'loom:star', { j: job.jobId, a: file?.id })
    const starred = async () =>
      (await bed().admin`select starred_at from loom.artifacts where id = ${file?.id}`)[0]?.starred_at !==
      null
    const liking = await first.postsButton(job.root.ts, 'loom:unhelpful', { j: job.jobId })
    await first.ben.press(starring, 'loom:star')
    await first.ben.press(liking, 'loom:unhelpful')
    expect(first.ben.ephemerals().map(({ text }) => text)).toEqual([
      'Noted, thank you. Say in the thread what is missing, and Loom goes on from there.',
    ])
    expect(await starred()).toBe(true)
    const label = () =>
      first.channel.thread(job.root.ts).find(({ ts }) => ts === starring.ts)?.buttons[0]?.label
    expect(label()).toBe('★ Kept')
    slack.faults.next('chat.update', { error: 'edit_window_closed' })
    await first.ana.press(starring, 'loom:unstar')
    expect(first.ana.ephemerals()).toMatchObject([{ text: 'The star is taken away.' }])
    expect(await starred()).toBe(false)
  })

  it('is answered by Loom itself where the address for answers has run out', async () => {
    const { first } = await open()
    const job = await first.openJob()
    for (let count = 0; count < 2; count += 1) await first.ben.press(job.card, 'loom:stop')
    expect(first.ben.ephemerals()).toMatchObject([{ text: 'The job had ended already.' }])
  })

  it('asks Slack who somebody is once in five minutes, and goes on without an answer', async () => {
    const { first, slack } = await open()
    const job = await first.openJob()
    slack.faults.next('users.info', { error: 'internal_error' })
    await first.ana.press(job.card, 'loom:stop')
    expect((await job.state()).state).toBe('cancelled')
    for (let count = 0; count < 3; count += 1) await first.ben.press(job.card, 'loom:stop')
    expect(slack.callsTo('users.info').filter(({ args }) => args.user === first.ben.id)).toHaveLength(1)
  })
})

describeOneServer('a form in Slack', (server) => {
  const bed = useBed(server)
  const open = useWorkspace(bed)

  it('adjusts a cap: what is wrong stands under its field, what is right closes it', async () => {
    const { first } = await open()
    const job = await first.openJob()
    await first.ana.press(job.card, 'loom:cap')
    await vi.waitUntil(() => first.ana.modals().length === 1)
    expect(first.ana.modals()[0]).toMatchObject({
      title: 'Adjust the cap',
      text: expect.stringContaining('$0.42 of $5.00 is spent.'),
    })
    expect((await first.ana.submits({ amount: 'much' })).errors).toEqual({
      amount: 'An amount is written in dollars, as in 8 or 8.50.',
    })
    expect((await first.ana.submits({ amount: '0,30' })).errors).toEqual({
      amount: '$0.42 is spent already; the cap cannot be below that. To end the job, stop it.',
    })
    expect((await first.ana.submits({ amount: '8,50' })).errors).toEqual({})
    expect(first.ana.modals()).toEqual([])
    expect((await job.state()).capMicroUsd).toBe(8_500_000)
  })

  it('of the cap is not opened for others, who are told in the thread', async () => {
    const { first } = await open()
    const job = await first.openJob()
    await first.ben.press(job.card, 'loom:cap')
    await vi.waitUntil(() => first.ben.ephemerals().length === 1)
    expect(first.ben.modals()).toEqual([])
    expect(first.ben.ephemerals()[0]?.text).toContain('Only the person who asked')
  })

  it('that comes too late says so', async () => {
    const { first, slack } = await open()
    const job = await first.openJob()
    slack.faults.next('views.open', { error: 'expired_trigger_id' })
    await first.ana.press(job.card, 'loom:cap')
    await vi.waitUntil(() => first.ana.ephemerals().length === 1)
    expect(first.ana.ephemerals()[0]?.text).toBe('That took Loom too long. Press again.')
  })

  it('takes an answer in own words, once', async () => {
    const { first } = await open()
    const job = await first.openJob()
    const questionId = await job.ask()
    const { ts } = await first.postsButton(job.root.ts, 'loom:answer-own', { j: job.jobId, q: questionId })
    for (const who of [first.ana, first.ben]) {
      await who.press({ ts }, 'loom:answer-own')
      await vi.waitUntil(() => who.modals().length === 1)
      expect(who.modals()[0]?.text).toContain('Which plan?')
    }
    await first.ben.submits({ answer: 'Neither: <!channel> the third' })
    expect(first.ben.modals()).toEqual([])
    await first.ana.submits({ answer: 'The first' })
    expect(first.ana.modals()[0]?.text).toBe('That was answered already; the first answer stands.')
    const { context, store } = await first.as(first.ana)
    const { loadQuestion } = await import('../../../../src/storage/questions/load.ts')
    expect(await loadQuestion(store, context, { questionId })).toMatchObject({
      state: 'answered',
      answer: 'Neither: <!channel> the third',
      answeredBy: 'Ben',
    })
  })

  it('of another job’s question is not opened', async () => {
    const { first } = await open()
    const job = await first.openJob()
    const tenant = await openTenant(bed())
    const theirs = await openRunning(bed(), tenant)
    const questionId = await theirs.ask()
    const { ts } = await first.postsButton(job.root.ts, 'loom:answer-own', { j: job.jobId, q: questionId })
    await first.ana.press({ ts }, 'loom:answer-own')
    await vi.waitUntil(() => first.ana.ephemerals().length === 1)
    expect(first.ana.ephemerals()[0]?.text).toBe('There is no such question here.')
  })

  it('tells the details to whoever is in the thread', async () => {
    const { first } = await open()
    const job = await first.openJob()
    await first.ben.press(job.card, 'loom:details')
    await vi.waitUntil(() => first.ben.modals().length === 1)
    expect(first.ben.modals()[0]?.text).toContain('anthropic/claude-sonnet-4-6 · 1 step')
  })

  it('has an agent left out from the details by who may, and says there what came of it', async () => {
    const { first } = await open()
    const job = await first.openJob()
    for (const who of [first.ben, first.ana]) {
      await who.press(job.card, 'loom:details')
      await vi.waitUntil(() => who.modals().length === 1)
      await who.pressInView('modal', 'loom:drop')
    }
    expect(first.ben.modals()[0]?.text).toContain('Only the person who asked for this, an admin or an owner')
    expect(first.ana.modals()[0]?.text).toMatch(/left out|nothing would be left/)
  })
})
