import { expect, inject, it } from 'vitest'
import { loadInstallation } from '../../../../src/storage/installations/find.ts'
import { only, systemOf, useBed } from '../../../storage/support/bed.ts'
import { useDiscordDesk } from './bed.ts'

const bed = useBed(only(inject('servers').slice(0, 1)))
const open = useDiscordDesk(bed)

it('status and usage are told to who asks alone, and one job in detail', async () => {
  const { ana, ben, first } = await open()
  const job = await first.openJob()
  const all = await ana.runs(first.channel.id, 'loom status').finished()
  expect(all).toMatchObject({ onlyFor: 'Ana' })
  expect(all.text).toMatch(/^Running for you:\nThe plan · \$0\.42 of \$5\.00 · stop /)
  expect((await ben.runs(job.place, 'loom status').finished()).text).toMatch(
    /Running here for others:\nThe plan/,
  )
  const one = await ana.runs(first.channel.id, 'loom status', { job: job.jobId }).finished()
  expect(one.text).toContain('What is kept')
  expect((await ana.runs(first.channel.id, 'loom usage').finished()).text).toMatch(/^This month: \$0\.42 of /)
  expect((await ben.runs(first.channel.id, 'loom help').finished()).text).toContain(
    '/loom brief: say what you want',
  )
})

it('stop offers the person’s own jobs alone, and stops the chosen one', async () => {
  const { ana, ben, first, join } = await open()
  const job = await first.openJob('Compare the plans')
  await first.openJob('Count the rows')
  const second = await join('Other')
  await second.openJob('Elsewhere')
  const { channel } = first
  const offered = await ana.completes(channel.id, 'loom stop', 'job')
  expect(offered).toHaveLength(2)
  expect(await ben.completes(channel.id, 'loom stop', 'job')).toEqual([])
  expect(await ana.completes(channel.id, 'loom stop', 'job', { job: job.jobId.slice(-8) })).toEqual([
    { name: expect.stringMatching(/^The plan · /), value: job.jobId },
  ])
  expect((await ana.runs(channel.id, 'loom stop').finished()).text).toMatch(/^Several jobs run for you\./)
  expect((await ana.runs(channel.id, 'loom stop', { job: job.jobId }).finished()).text).toMatch(
    /^The job is stopped\./,
  )
  expect((await job.state()).state).toBe('cancelled')
  expect((await ben.runs(channel.id, 'loom stop', { job: 'nonsense' }).finished()).text).toMatch(
    /^No job that runs for you or here goes by that ID\./,
  )
})

it('star and unstar offer the person’s own files, and keep the chosen one', async () => {
  const { ana, ben, first } = await open()
  const job = await first.openJob()
  const { channel } = first
  const [offered, ...others] = await ana.completes(channel.id, 'loom star', 'file', { file: 'report' })
  expect(others).toEqual([])
  expect(offered?.name).toBe('final/report.md · The plan')
  expect(await ana.completes(channel.id, 'loom unstar', 'file')).toEqual([])
  expect(await ben.completes(channel.id, 'loom star', 'file')).toEqual([])
  const starred = async () => {
    const row = only(await bed().admin`select starred_at from loom.artifacts where job_id = ${job.jobId}`)
    return row.starred_at !== null
  }
  const told = await ana.runs(channel.id, 'loom star', { file: String(offered?.value) }).finished()
  expect(told.text).toBe('Kept until the star is taken away.')
  expect(await starred()).toBe(true)
  expect((await ana.runs(channel.id, 'loom unstar', { file: 'FINAL/report.md' }).finished()).text).toBe(
    'The star is taken away.',
  )
  expect(await starred()).toBe(false)
  expect((await ben.runs(channel.id, 'loom star', { file: 'final/report.md' }).finished()).text).toMatch(
    /^No file of yours goes by that name\./,
  )
})

it('what recurs in a channel is listed, paused, resumed and deleted by who asked for it', async () => {
  const { ana, ben, first, settled } = await open()
  const { channel } = first
  const line = await ana
    .runs(channel.id, 'loom brief', { text: 'every Monday at 9: sum up the week' })
    .finished()
  expect(line.text).toBe('Kept as a brief that recurs.')
  await settled()
  expect((await ben.runs(channel.id, 'loom schedules list').finished()).text).toMatch(/sum up the week/)
  const [offered] = await ana.completes(channel.id, 'loom schedules pause', 'schedule')
  expect(offered?.name).toMatch(/sum up the week/)
  const schedule = String(offered?.value)
  expect((await ben.runs(channel.id, 'loom schedules pause', { schedule }).finished()).text).toMatch(
    /^Only the person who asked for this recurring brief/,
  )
  expect((await ana.runs(channel.id, 'loom schedules pause', { schedule }).finished()).text).toMatch(
    /^Paused\./,
  )
  expect((await ana.runs(channel.id, 'loom schedules resume', { schedule }).finished()).text).toMatch(
    /^It recurs again\./,
  )
  expect((await ana.runs(channel.id, 'loom schedules delete', { schedule }).finished()).text).toMatch(
    /^Deleted\./,
  )
})

it('settings are read by everybody and changed by admins, in a form', async () => {
  const { ben, cleo, first, store } = await open()
  const { account, channel } = first
  const read = await ben.runs(channel.id, 'loom settings').finished()
  expect(read.text).toMatch(/^Works in: every channel it is invited to/)
  expect(read.text).not.toContain('organisations')
  expect(read.text).not.toContain('reaction')
  expect(read.buttons).toEqual([])
  const shown = await cleo.runs(channel.id, 'loom settings').finished()
  expect(await cleo.presses(shown, 'Change').answered()).toBe('form')
  const other = first.guild.addChannel({ name: 'robots' })
  const sent = cleo.submits({
    ...{ channels: [channel.id, other.id], bots: [other.id], cap_channel: [channel.id] },
    ...{ cap_amount: '3', links: ['sign_in'] },
  })
  expect(await sent.answered()).toBe('change')
  const now = await first.as(cleo)
  const { installationId } = account
  const kept = await loadInstallation(store, systemOf(now), { installationId })
  expect(kept?.settings).toMatchObject({
    channels: [channel.id, other.id],
    botChannels: [other.id],
    channelDayCapMicroUsd: { [channel.id]: 3_000_000 },
    linksNeedSignIn: true,
  })
  expect(cleo.sees(shown).text).toMatch(/^Saved\. From now on:\nWorks in: #launch, #robots/)
  await cleo.presses(shown, 'Change').answered()
  first.guild.takeRole(cleo, first.admins)
  expect((await cleo.submits().finished()).text).toBe('Only an admin or an owner can change this.')
})

it('people can object to what is kept of them, and take that back', async () => {
  const { ana, first } = await open()
  const { channel } = first
  const says = async (command: string, options?: Parameters<typeof ana.runs>[2]) =>
    (await ana.runs(channel.id, command, options).finished()).text
  expect(await says('loom object')).toMatch(/^Thumbs below answers: are kept/)
  expect(await says('loom object', { what: 'feedback' })).toMatch(/^Your thumbs are not kept from now on/)
  expect(await says('loom object')).toMatch(/^Thumbs below answers: off, for you/)
  expect(await says('loom allow', { what: 'feedback' })).toMatch(/^Your thumbs are kept again/)
  expect(await says('loom object', { what: 'memory', all: true })).toMatch(/in this account|Only an owner/)
})

it('people can have what they wrote forgotten, and be left unheard, once they say so', async () => {
  const { ana, first } = await open()
  const { channel } = first
  await ana.runs(channel.id, 'loom brief', { text: 'Count the rows' }).finished()
  expect((await ana.runs(channel.id, 'loom forget-me').finished()).text).toMatch(
    /^This would delete 1 message/,
  )
  expect((await ana.runs(channel.id, 'loom forget-me', { yes: true }).finished()).text).toMatch(
    /^What you wrote here until now is being forgotten/,
  )
  await ana.runs(channel.id, 'loom ignore-me').finished()
  expect((await ana.runs(channel.id, 'loom brief', { text: 'Again' }).finished()).text).toMatch(
    /^You asked Loom to keep nothing of what you say/,
  )
  expect((await ana.runs(channel.id, 'loom hear-me').finished()).text).toBe(
    'Loom hears you again, from now on.',
  )
})
