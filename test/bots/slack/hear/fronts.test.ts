import { expect, it, vi } from 'vitest'
import { loadInstallation } from '../../../../src/storage/installations/find.ts'
import { listJobs } from '../../../../src/storage/jobs/list.ts'
import { useBed } from '../../../storage/support/bed.ts'
import { describeOneServer } from '../../../support/store.ts'
import { useWorkspace, type Workspace } from './bed.ts'

describeOneServer('the front doors in Slack', (server) => {
  const bed = useBed(server)
  const open = useWorkspace(bed)

  const jobsOf = async (workspace: Workspace) => {
    const { context, store } = await workspace.as(workspace.ana)
    return listJobs(store, context, { limit: 10 })
  }
  const settingsOf = async (workspace: Workspace) => {
    const { context, installationId, store } = await workspace.as(workspace.ana)
    return (await loadInstallation(store, context, { installationId }))?.settings
  }
  const runs = async (workspace: Workspace, line: string, who = workspace.ana) => {
    const before = who.ephemerals().length
    await who.runs(line, workspace.channel.id)
    return who.ephemerals().slice(before)
  }

  it('/loom answers in the acknowledgement, to who typed it alone', async () => {
    const { first, slack } = await open()
    await first.openJob()
    slack.calls.splice(0)
    const [help] = await runs(first, '/loom')
    expect(help?.text).toContain('/loom status: what runs for you and here')
    const [status] = await runs(first, '/loom status')
    expect(status?.text).toMatch(/^Running for you:\nThe plan · \$0\.42 of \$5\.00 · stop [0-9a-f]{8}$/)
    const [others] = await runs(first, '/loom status', first.ben)
    expect(others?.text).toContain('Running here for others:')
    const [usage] = await runs(first, '/loom usage')
    expect(usage?.text).toContain('This month: $0.42 of $100.00.')
    const [copy] = await runs(first, '/loom compare <!channel> & the plans')
    expect(copy?.text).toMatch(
      /Mention Loom in one with these words:\n\n@Loom compare <!channel> & the plans$/,
    )
    expect(copy?.fallback).toContain('<!channel> & the plans')
    expect(copy?.pings).toEqual([])
    expect(slack.calls.filter(({ method }) => method.startsWith('chat.'))).toEqual([])
  })

  it('/loom stop ends the one job that runs for a person', async () => {
    const { first } = await open()
    const job = await first.openJob()
    expect((await runs(first, '/loom stop', first.ben))[0]?.text).toMatch(
      /^Nothing runs for you now\.\n\/loom stop /,
    )
    expect((await runs(first, '/loom stop'))[0]?.text).toMatch(/^The job is stopped\.\n/)
    expect((await job.state()).state).toBe('cancelled')
  })

  it('/loom settings is a form for admins and a text for others', async () => {
    const { first } = await open()
    const [shown] = await runs(first, '/loom settings')
    expect(shown?.text).toContain('Works in: every channel it is invited to, and in direct messages')
    expect(first.ana.modals()).toEqual([])
    expect(await runs(first, '/loom settings', first.cleo)).toEqual([])
    await vi.waitUntil(() => first.cleo.modals().length === 1)
    expect((await first.cleo.submits({ reaction: 'no name' })).errors).toMatchObject({
      reaction: 'A reaction is one name, as in thread or eyes.',
    })
    await first.cleo.submits({
      channels: [first.channel.id],
      cap_channel: first.channel.id,
      cap_amount: '12,50',
      reaction: ':eyes:',
    })
    expect(await settingsOf(first)).toMatchObject({
      channels: [first.channel.id],
      channelDayCapMicroUsd: { [first.channel.id]: 12_500_000 },
      reaction: 'eyes',
      botChannels: [],
    })
    expect(first.cleo.modals()[0]?.text).toMatch(/^Saved\. From now on:\nWorks in: #launch/)
  })

  it('the shortcut asks what to do with the thread and takes it with its history, once for each form', async () => {
    const { first, rung } = await open()
    const root = first.ana.says(first.channel.id, 'Which plan?')
    const reply = first.ben.says(first.channel.id, { text: 'The small one', threadTs: root.ts })
    await first.ben.shortcut(reply, 'loom_take_thread')
    await vi.waitUntil(() => first.ben.modals().length === 1)
    expect((await first.ben.submits({ words: 'Compare both', cap: '1,200' })).errors).toEqual({
      cap: 'An amount is written in dollars, as in 8 or 8.50.',
    })
    await first.ben.submits({ words: 'Compare both', cap: '2' })
    expect(first.ben.modals()).toEqual([])
    expect(await jobsOf(first)).toMatchObject([
      { title: 'Compare both', capMicroUsd: 2_000_000, thread: `slack:${first.channel.id}:${root.ts}` },
    ])
    expect(rung).toEqual(['bot'])
    await first.ana.shortcut(root, 'loom_take_thread')
    await vi.waitUntil(() => first.ana.modals().length === 1)
    await first.ana.submits({ words: 'And again' })
    expect(first.ana.modals()[0]?.text).toBe('Loom works on this thread already. Reply there to steer it.')
    expect(await jobsOf(first)).toHaveLength(1)
  })

  it('the shortcut says where Loom cannot work', async () => {
    const { first } = await open()
    const away = first.team.addChannel({ name: 'away', members: [first.ana] })
    const shared = first.team.addChannel({
      name: 'shared',
      isShared: true,
      members: [first.ana, first.install],
    })
    for (const [channel, word] of [
      [away, 'Loom is not in this conversation yet. Invite it with /invite @Loom, then try again.'],
      [shared, 'This channel is shared with another organisation'],
    ] as const) {
      const said = first.ana.says(channel.id, 'Look here')
      await first.ana.shortcut(said, 'loom_take_thread')
      await vi.waitUntil(() => first.ana.modals().length === 1)
      await first.ana.submits({ words: 'Take it' })
      expect(first.ana.modals()[0]?.text).toContain(word)
      await first.ana.closes()
    }
    expect(await jobsOf(first)).toEqual([])
  })

  it('the reaction takes the thread of its message, and several are one job', async () => {
    const { first, onItsWayTo, slack } = await open()
    const root = first.ana.says(first.channel.id, 'Here are the plans')
    const reply = first.ben.says(first.channel.id, { text: 'Compare them, please', threadTs: root.ts })
    first.cleo.reacts(reply, 'tada')
    await slack.settled()
    expect(slack.callsTo('conversations.replies')).toEqual([])
    slack.deliver.copies(2)
    first.cleo.reacts(reply, 'thread')
    first.ben.reacts(reply, 'thread')
    await slack.settled()
    expect(await jobsOf(first)).toMatchObject([
      { title: 'Take this thread: Compare them, please', thread: `slack:${first.channel.id}:${root.ts}` },
    ])
    expect(await onItsWayTo(first.ben)).toEqual([])
    first.ben.reacts(root, 'thread')
    await slack.settled()
    expect(await jobsOf(first)).toHaveLength(1)
    expect(await onItsWayTo(first.ben)).toEqual([
      'Loom works on this thread already. Reply there to steer it.',
    ])
  })

  it('the reaction of somebody of another organisation, or in a shared channel, is refused to them alone', async () => {
    const { first, onItsWayTo, slack } = await open()
    const guest = first.team.addUser({ name: 'Gil', homeTeamId: 'T0ELSEWHERE' })
    const shared = first.team.addChannel({
      name: 'shared',
      isShared: true,
      members: [first.ana, guest, first.install],
    })
    const said = first.ana.says(shared.id, 'Look here')
    guest.reacts(said, 'thread')
    first.ana.reacts(said, 'thread')
    await slack.settled()
    expect(await onItsWayTo(guest, first.ana)).toEqual([
      'People of other organisations can read along here. Deciding is up to the people of this one.',
      'This channel is shared with another organisation, where Loom stays out until an admin agrees: /loom settings.',
    ])
    expect(shared.thread(said.ts)).toHaveLength(1)
    expect(await jobsOf(first)).toEqual([])
  })

  it("Slack's own stop button stops the job of its thread", async () => {
    const { first, slack } = await open()
    const job = await first.openJob()
    const stopped = { type: 'agent_session_stopped', channel: first.channel.id, user: first.ben.id }
    const team = { id: first.team.id }
    slack.deliver.event(team as never, {
      ...stopped,
      thread_ts: job.root.ts,
      streaming_message_ts: [],
      event_ts: '1.000001',
    })
    await slack.settled()
    expect((await job.state()).state).toBe('cancelled')
  })

  it('the home shows what runs and what it costs, and a press there is answered there', async () => {
    const { first, slack } = await open()
    const job = await first.openJob()
    first.ana.opensHome()
    first.ana.opensHome()
    await slack.settled()
    expect(slack.callsTo('views.publish')).toHaveLength(1)
    const page = first.ana.home()?.text ?? ''
    expect(page).toContain('Running for you\nThe plan · $0.42 of $5.00')
    expect(page).toContain('This month: $0.42 of $100.00.')
    expect(page).not.toContain('Change settings')
    await first.ana.pressInView('home', 'loom:stop')
    expect((await job.state()).state).toBe('cancelled')
    expect(first.ana.home()?.text).toMatch(/^The job is stopped\.\nRunning for you\nNothing runs now\./)
    expect(first.ana.home()?.text).toContain('Recent\nThe plan · stopped · $0.42 of $5.00')
  })

  it('the home of an admin opens the settings, and shows nobody the jobs of others', async () => {
    const { first, slack } = await open()
    await first.openJob()
    first.cleo.opensHome()
    await slack.settled()
    expect(first.cleo.home()?.text).not.toContain('The plan')
    await first.cleo.pressInView('home', 'loom:settings')
    await vi.waitUntil(() => first.cleo.modals().length === 1)
    expect(first.cleo.modals()[0]?.title).toBe('Settings of Loom')
  })
  it('an org-wide installation is found by its organisation, and people of its teams are no strangers', async () => {
    const { join, slack } = await open()
    const org = await join('One', { id: 'E0ORG', name: 'Org' })
    const job = await org.openJob()
    await org.ben.press(job.card, 'loom:stop')
    expect(org.ben.ephemerals()).toEqual([])
    expect((await job.state()).state).toBe('cancelled')
    org.ana.opensHome()
    await slack.settled()
    expect(org.ana.home()?.text).toContain('The plan · stopped')
  })
})
