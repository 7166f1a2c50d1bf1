import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Outbox } from '../../../src/bots/outbox.ts'
import { type ThreadId, threadId } from '../../../src/core/thread-id.ts'
import { watchJob } from '../../../src/storage/jobs/watch.ts'
import { cardMessage } from '../../contracts/messages.ts'
import { openOutbox } from '../support/outbox.ts'
import { type DiscordBed, openDiscordBed } from './support/discord-bed.ts'

let bed: DiscordBed
let outbox: Outbox
beforeAll(async () => {
  bed = await openDiscordBed()
  outbox = openOutbox(bed.store, bed.discord.ports)
})
afterAll(async () => {
  await outbox.close()
  await bed.close()
})

type Guild = Awaited<ReturnType<DiscordBed['guild']>>

/** A job of Ana's, at work in the thread that its card has begun. */
async function working(at: Guild, text: string, channel = at.channel) {
  const root = at.ana.says(channel.id, `${bed.loom} ${text}`)
  await bed.fake.until(() => bed.fake.world.channels.get(root.id)?.messages.length, 30_000)
  await bed.bed.admin`
    update loom.jobs set state = 'running' where tenant_id = ${at.account.tenantId} and state = 'received'`
  return { id: root.id, address: `discord:${channel.id}:${root.id}` as ThreadId }
}

const told = ({ ana }: Guild) =>
  ana
    .reads(ana.dm())
    .filter(({ authorId }) => authorId === bed.fake.bot.id)
    .map(({ text }) => text)

test('a thread that is deleted ends the job that only it showed, and who asked is told so once, in private', async () => {
  const at = await bed.guild()
  const thread = await working(at, 'compare the exports')
  const other = await working(at, 'compare the prices')
  at.guild.removeChannel(thread.id)
  await bed
    .comes(at.jobs)
    .toMatchObject([{ state: 'cancelled' }, { address: other.address, state: 'running' }])
  await bed.fake.until(() => told(at).length > 0, 30_000)
  // Nothing of it is left to be sent, and the answer holds the reason.
  await bed
    .comes(() =>
      bed.rows(`select 1 from loom.due_deliveries d join loom.deliveries l on l.id = d.delivery_id
      join loom.threads t on t.id = l.thread_id where t.address = '${thread.address}'`),
    )
    .toEqual([])
  expect(told(at)).toEqual([
    expect.stringMatching(/^Loom stopped working on what you asked for, because .*deleted/),
  ])
})

test('a channel that is deleted ends the jobs of all its threads, and recurring briefs that answer there rest', async () => {
  const at = await bed.guild()
  const channel = at.guild.addChannel({ name: 'exports' })
  await working(at, 'compare the exports', channel)
  at.ben.says(channel.id, `${bed.loom} every Monday at 9: Count the rows.`)
  const schedules = () =>
    bed.rows(`select paused, next_at from loom.schedules where tenant_id = '${at.account.tenantId}'`)
  await bed.comes(schedules).toMatchObject([{ paused: false }])
  const kept = await working(at, 'compare the prices')
  at.guild.removeChannel(channel.id)
  await bed.comes(schedules).toEqual([{ paused: true, next_at: null }])
  await bed
    .comes(at.jobs)
    .toMatchObject([{ state: 'cancelled' }, { address: kept.address, state: 'running' }])
  await bed.fake.until(() => at.ben.reads(at.ben.dm()).length > 0, 30_000)
  expect(at.ben.reads(at.ben.dm()).map(({ text }) => text)).toEqual([
    expect.stringMatching(/^A recurring brief of yours rests, because .*deleted/),
  ])
})

test('a job that is watched elsewhere goes on there, until that is deleted too', async () => {
  const at = await bed.guild()
  const thread = await working(at, 'compare the exports')
  const seat = at.ana.opensThread(at.channel.id, 'seat', at.ana.says(at.channel.id, 'here'))
  const [job] = await at.jobs()
  const { installationId, tenantId } = at.account
  const watching = threadId('discord', at.channel.id, seat)
  const operator = { tenantId, actor: { kind: 'operator' } } as const
  await watchJob(bed.store, operator, { jobId: job?.id ?? '', installationId, thread: watching })
  at.guild.removeChannel(thread.id)
  await bed
    .comes(() =>
      bed.rows(`select t.address, jt.live from loom.job_threads jt join loom.threads t on t.id = jt.thread_id
      where jt.tenant_id = '${tenantId}' order by jt.part`),
    )
    .toEqual([
      { address: thread.address, live: false },
      { address: watching, live: true },
    ])
  expect(await at.jobs()).toMatchObject([{ state: 'running' }])
  at.guild.removeChannel(seat)
  await bed.comes(at.jobs).toMatchObject([{ state: 'cancelled' }])
})

test('where no Gateway tells of it, the next change of the card finds it out', async () => {
  const other = await openDiscordBed({ http: true })
  try {
    const { account, ana, channel, guild, jobs, notices } = await other.guild()
    const used = ana.runs(channel.id, 'loom brief', { text: 'compare the exports' })
    const line = await used.finished()
    const thread = threadId('discord', channel.id, line.id)
    const port = await other.discord.ports.portFor(account)
    const ref = await port.post(thread, cardMessage(), { nonce: 'card' })
    // A refusal that is not about the place ends nothing.
    other.fake.faults.next('PATCH /channels/:channel/messages/:message', { status: 404, code: 10_003 })
    await expect(port.edit(thread, ref, cardMessage({ title: 'One' }))).rejects.toThrow(/deleted/)
    expect(await jobs()).not.toMatchObject([{ state: 'cancelled' }])

    const again = await other.guild()
    const second = await again.ana.runs(again.channel.id, 'loom brief', { text: 'compare' }).finished()
    const place = threadId('discord', again.channel.id, second.id)
    const theirs = await other.discord.ports.portFor(again.account)
    const card = await theirs.post(place, cardMessage(), { nonce: 'card 2' })
    again.guild.removeChannel(second.id)
    await expect(theirs.edit(place, card, cardMessage({ title: 'One' }))).rejects.toThrow(/deleted/)
    expect(await again.jobs()).toMatchObject([{ state: 'cancelled' }])
    const words = (await again.notices()).filter(({ text }) => text.includes('stopped working'))
    expect(words).toEqual([{ text: expect.any(String), onlyFor: again.ana.id }])
    expect(again.ana.reads(again.ana.dm())).toEqual([])
    expect((await notices()).filter(({ text }) => text.includes('stopped working'))).toEqual([])
    expect(guild.threads()).toHaveLength(1)
  } finally {
    await other.close()
  }
})
