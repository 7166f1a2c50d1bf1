import { expect, it } from 'vitest'
import { drop, rerun } from '../../../src/bots/desk/agents.ts'
import { adjustCap, capOf } from '../../../src/bots/desk/cap.ts'
import { runCommand } from '../../../src/bots/desk/command.ts'
import { contextOf } from '../../../src/bots/desk/desk.ts'
import { detailsOf } from '../../../src/bots/desk/details.ts'
import { feedback } from '../../../src/bots/desk/feedback.ts'
import { finish } from '../../../src/bots/desk/finish.ts'
import { shortId } from '../../../src/bots/desk/here.ts'
import { changeSettings, settingsOf } from '../../../src/bots/desk/settings.ts'
import { star, unstar } from '../../../src/bots/desk/star.ts'
import { createInstallLinks } from '../../../src/bots/install/links.ts'
import { suspendJob } from '../../../src/storage/jobs/suspend.ts'
import { viewJob } from '../../../src/storage/jobs/view.ts'
import { createSchedule } from '../../../src/storage/schedules/create.ts'
import { only, openTenant, useBed } from '../../storage/support/bed.ts'
import { describeOneServer } from '../../support/store.ts'
import { actor, as, openDesk, openRunning } from './scene.ts'

describeOneServer('the desk', (server) => {
  const bed = useBed(server)

  async function scene() {
    const tenant = await openTenant(bed())
    const asker = await actor(tenant)
    const job = await openRunning(bed(), as(tenant, asker), { text: 'Compare the plans' })
    const desk = openDesk(tenant)
    const line = (text: string, who = asker) =>
      runCommand(
        desk,
        { ...who, channel: job.channel },
        { text, command: '/loom', mention: '@Loom', nameOf: (id) => `#${id}` },
      )
    return { tenant, asker, job, desk, line, at: { ...asker, thread: job.thread } }
  }

  it('gives admins alone a link that connects another platform with their account', async () => {
    const { asker, job, line, tenant } = await scene()
    const links = createInstallLinks({
      ...{ key: Buffer.alloc(32), publicUrl: 'https://loom.example', now: Date.now },
      platforms: ['slack'],
    })
    const admin = await actor(tenant, { role: 'admin' })
    const connect = (who = admin, platform = 'slack') =>
      runCommand(
        { ...openDesk(tenant), installLinks: links },
        { ...who, channel: job.channel },
        { text: `connect ${platform}`, command: '/loom', mention: '@Loom', nameOf: (id) => id },
      )
    const { changed, link, text } = await connect()
    expect([changed, text]).toEqual([false, expect.stringContaining('It works once and is for you alone')])
    const sealed = new URL(link?.href ?? '').searchParams.get('for') ?? ''
    const { identityId, tenantId } = admin.account
    expect(links.open('slack', sealed)).toMatchObject({ identityId, tenantId })
    await expect(connect(asker)).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(connect(admin, 'discord')).rejects.toMatchObject({
      message: 'What can be connected by a link here: Slack.',
    })
    await expect(line('connect slack', admin)).rejects.toMatchObject({ kind: 'not_found' })
  })

  it('sets a cap up and down within bounds, and a job that rested at it goes on', async () => {
    const { at, desk, job, tenant } = await scene()
    const { jobId } = job
    const set = (amount: string) => adjustCap(desk, at, { jobId, amount })
    expect(await set('$8')).toEqual({ text: 'The cap is $8.00 now.', changed: true })
    expect(await set('8,00')).toEqual({ text: 'The cap is $8.00 already.', changed: false })
    await expect(set('0.20')).rejects.toMatchObject({
      message: '$0.42 is spent already; the cap cannot be below that. To end the job, stop it.',
    })
    await expect(set('0')).rejects.toMatchObject({ message: 'A cap is at least $0.01.' })
    await expect(set('1000')).rejects.toMatchObject({
      message: "The account's whole month has a cap of $100.00; one job cannot have more.",
    })
    await expect(set('lots')).rejects.toMatchObject({ kind: 'invalid_input' })
    expect(await set('2')).toEqual({ text: 'The cap is $2.00 now.', changed: true })
    await suspendJob(tenant.store, tenant.context, { jobId, reason: 'cap' })
    expect(await capOf(desk, at, { jobId })).toEqual({
      costMicroUsd: 420_000,
      capMicroUsd: 2_000_000,
      suggestedMicroUsd: 4_000_000,
      rests: true,
    })
    expect(desk.rung).toEqual([])
    expect(await set('4')).toEqual({ text: 'The job goes on with a cap of $4.00.', changed: true })
    expect(desk.rung).toEqual(['worker'])
    const view = await viewJob(tenant.store, tenant.context, { jobId })
    expect(view?.card).toMatchObject({ state: 'running', capMicroUsd: 4_000_000 })
    const budget = only(
      await bed()
        .admin`select cap_micro_usd::int as cap from loom.budgets where scope = 'job' and key = ${jobId}`,
    )
    expect(budget.cap).toBe(4_000_000)
  })

  it('finishes only with what is there, and says what else there is', async () => {
    const { at, desk, job } = await scene()
    expect(await finish(desk, at, job)).toMatchObject({
      changed: false,
      text: expect.stringContaining('nothing to finish with'),
    })
  })

  it('has an agent begin again or leaves it out, by its row and by nobody else', async () => {
    const { at, desk, job, tenant } = await scene()
    const { ids, jobId, thread } = job
    const taskId = ids.get('a') ?? ''
    const other = { ...(await actor(tenant)), thread }
    await expect(rerun(desk, other, { jobId, taskId })).rejects.toMatchObject({ kind: 'forbidden' })
    expect((await rerun(desk, at, { jobId, taskId })).text).toBe('Task a begins again.')
    expect((await drop(desk, at, { jobId, taskId })).text).toBe(
      'Task a is left out; the others go on without it.',
    )
    await expect(drop(desk, at, { jobId, taskId: job.held.jobId })).rejects.toMatchObject({
      kind: 'not_found',
    })
  })

  it('keeps a file for whoever stars it in its thread, and no file of another job', async () => {
    const { asker, at, desk, job, tenant } = await scene()
    const { jobId } = job
    const [file] = await bed().admin`select id from loom.artifacts where job_id = ${jobId}`
    const artifactId = String(file?.id)
    const starred = async () =>
      only(await bed().admin`select starred_by from loom.artifacts where id = ${artifactId}`).starred_by
    expect((await star(desk, at, { jobId, artifactId })).text).toBe('Kept until the star is taken away.')
    expect(await starred()).toBe(asker.account.identityId)
    expect((await unstar(desk, at, { jobId, artifactId })).text).toBe('The star is taken away.')
    expect(await starred()).toBeNull()
    const second = await openRunning(bed(), as(tenant, asker))
    await expect(star(desk, at, { jobId: second.jobId, artifactId })).rejects.toMatchObject({
      message: 'That file is no longer kept.',
    })
  })

  it('keeps the last word of each person on an answer', async () => {
    const { at, desk, job } = await scene()
    await feedback(desk, at, { jobId: job.jobId, value: -1 })
    expect((await feedback(desk, at, { jobId: job.jobId, value: 1 })).text).toBe('Noted, thank you.')
    const rows = await bed().admin`select value from loom.feedback where job_id = ${job.jobId}`
    expect(rows.map(({ value }) => value)).toEqual([1])
  })

  it('tells the details of a job: agents, models, what is kept', async () => {
    const { at, desk, job } = await scene()
    const { parts } = await detailsOf(desk, at, { jobId: job.jobId })
    const told = parts.map(({ lines, title }) => `${title}\n${lines.join('\n')}`).join('\n\n')
    expect(told).toContain('Now\n0 of 3 · $0.42 of $5.00')
    expect(told).toContain('Task a · 1 step · $0.42')
    expect(told).toContain(
      'Models\nanthropic/claude-sonnet-4-6 · 1 step · 123 tokens in, 16 % from cache · 40 out · $0.42',
    )
    expect(told).toMatch(/What is kept\n1 file: kept until \d{4}-\d\d-\d\d, unless somebody stars them\./)
  })

  it('says what runs for a person and here, and nothing of other places', async () => {
    const { asker, job, line, tenant } = await scene()
    const other = await actor(tenant)
    const beside = { ...tenant, ...as(tenant, other) }
    const secret = await openRunning(bed(), beside, { text: 'Secret', thread: 'slack:C0SECRET:1.000001' })
    expect((await line('status')).text).toBe(
      `Running for you:\nThe plan · $0.42 of $5.00 · stop ${shortId(job.jobId)}`,
    )
    const theirs = (await line('status', other)).text
    expect(theirs).toContain(`Running for you:\nThe plan · $0.42 of $5.00 · stop ${shortId(secret.jobId)}`)
    expect(theirs).toContain(
      `Running here for others:\nThe plan · $0.42 of $5.00 · stop ${shortId(job.jobId)}`,
    )
    await expect(line(`stop ${shortId(secret.jobId)}`, asker)).rejects.toMatchObject({ kind: 'not_found' })
  })

  it('stops the one job of a person, or the one that is named', async () => {
    const { asker, job, line, tenant } = await scene()
    const second = await openRunning(bed(), as(tenant, asker))
    expect((await line('stop')).text).toContain('Several jobs run for you. Stop one by its ID:\n/loom stop ')
    expect((await line(`stop ${shortId(second.jobId)}`)).text).toMatch(/^The job is stopped\.\nThe plan/)
    expect(await line('stop')).toMatchObject({ changed: true })
    await expect(line('stop')).rejects.toMatchObject({ message: 'Nothing runs for you now.' })
    await expect(line(`stop ${shortId(job.jobId)}`)).rejects.toMatchObject({ kind: 'not_found' })
  })

  it('answers help, usage, and words that are no command with the words ready to copy', async () => {
    const { line } = await scene()
    expect((await line('')).text).toBe((await line('HELP')).text)
    expect((await line('usage')).text).toContain('This month: $0.42 of $100.00.\nToday: $0.42.')
    for (const text of ['compare the two files', 'stop writing in capitals', 'constructor', '__proto__']) {
      expect((await line(text)).text).toBe(
        `A brief needs a thread, so that everybody can see what comes of it. Mention Loom in one with these words:\n\n@Loom ${text}`,
      )
    }
  })

  it('shows recurring briefs where they answer, and lets who asked or an admin change them', async () => {
    const { asker, job, line, tenant } = await scene()
    const context = contextOf(asker)
    const { installationId } = tenant
    const brief = { installationId, prompt: 'What changed?', words: 'every day at 8', timeZone: 'UTC' }
    const { scheduleId } = await createSchedule(tenant.store, context, { ...brief, thread: job.thread })
    await createSchedule(tenant.store, context, { ...brief, thread: 'slack:C0OTHER:1.000001' })
    const name = shortId(scheduleId)
    const listed = (await line('schedules')).text
    expect(listed).toContain(`${name} · every day at 08:00 · next `)
    expect(listed.split('\n')).toHaveLength(1)
    await expect(line(`pause ${name}`, await actor(tenant))).rejects.toMatchObject({ kind: 'forbidden' })
    await line(`pause ${name}`)
    expect((await line('schedules')).text).toContain(' · paused · UTC · cap $5.00 · What changed?')
    expect((await line(`resume ${name}`, await actor(tenant, { role: 'admin' }))).text).toContain('next')
    expect((await line(`delete ${name}`)).text).toBe('Deleted. Its jobs and their answers stay.')
    expect((await line('schedules')).text).toBe('No brief recurs here.')
    await expect(line(`pause ${name}`)).rejects.toMatchObject({ kind: 'not_found' })
  })

  it('changes settings for admins alone, and only what is named', async () => {
    const { asker, desk, line, tenant } = await scene()
    const admin = await actor(tenant, { role: 'admin' })
    await expect(changeSettings(desk, asker, { reaction: 'eyes' })).rejects.toMatchObject({
      kind: 'forbidden',
    })
    await changeSettings(desk, admin, { channels: ['C1'], dayCap: { channel: 'C1', amount: '12,50' } })
    await changeSettings(desk, admin, { reaction: ':Eyes:', dayCap: { channel: 'C2', amount: '3' } })
    expect(await settingsOf(desk, asker)).toMatchObject({
      channels: ['C1'],
      reaction: 'eyes',
      channelDayCapMicroUsd: { C1: 12_500_000, C2: 3_000_000 },
    })
    expect((await line('settings')).text).toContain(
      'Works in: #C1, and in direct messages\nDaily budget of a channel: #C1 $12.50, #C2 $3.00',
    )
    await changeSettings(desk, admin, { channels: undefined, dayCap: { channel: 'C1', amount: ' ' } })
    expect((await line('settings')).text).toContain(
      'every channel it is invited to, and in direct messages\nDaily budget of a channel: #C2 $3.00',
    )
    await expect(changeSettings(desk, admin, { reaction: 'a b' })).rejects.toMatchObject({
      message: 'A reaction is one name, as in thread or eyes.',
    })
  })
})
