import { expect, it, vi } from 'vitest'
import { loadApproval } from '../../../../src/storage/approvals/load.ts'
import { useBed } from '../../../storage/support/bed.ts'
import { describeOneServer } from '../../../support/store.ts'
import { useWorkspace } from './bed.ts'

describeOneServer('a press in Slack, as things are at that moment,', (server) => {
  const bed = useBed(server)
  const open = useWorkspace(bed)

  it('of an admin decides until they are none any more, and not a moment longer', async () => {
    const { first, slack } = await open()
    const job = await first.openJob()
    const approvalId = await job.need()
    const { ts } = await first.postsButton(job.root.ts, 'loom:approve', { j: job.jobId, a: approvalId })
    await first.cleo.runs('/loom settings', first.channel.id)
    await vi.waitUntil(() => first.cleo.modals().length === 1)
    first.cleo.isAdmin(false)
    await first.cleo.press({ ts }, 'loom:approve')
    await first.cleo.submits({ reaction: 'eyes' })
    expect(first.cleo.ephemerals().at(-1)?.text).toMatch(/^Only the person who asked/)
    expect(first.cleo.modals().at(-1)?.text).toBe('Only an admin or an owner can change this.')
    const { context, store } = await first.as(first.ana)
    expect(await loadApproval(store, context, { approvalId })).toMatchObject({ state: 'open' })
    expect(slack.callsTo('chat.update')).toEqual([])
  })

  it('by somebody whom Slack does not know in the workspace does nothing', async () => {
    const { first, slack } = await open()
    const job = await first.openJob()
    for (const error of ['user_not_found', 'user_not_visible']) {
      slack.faults.next('users.info', { error })
      await first.team.addUser({ name: 'Nobody' }).press(job.card, 'loom:stop')
    }
    expect((await job.state()).state).toBe('running')
  })

  it('on the form of the cap, sent after the job ended, says so, and does not close over nothing', async () => {
    const { first } = await open()
    const job = await first.openJob()
    await first.ana.press(job.card, 'loom:cap')
    await vi.waitUntil(() => first.ana.modals().length === 1)
    await first.ben.press(job.card, 'loom:stop')
    expect((await first.ana.submits({ amount: '8' })).errors).toEqual({})
    expect(first.ana.modals()).toMatchObject([{ title: 'Loom', text: 'The job had ended already.' }])
  })
})
