import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Outbox } from '../../../src/bots/outbox.ts'
import { type ThreadId, threadId } from '../../../src/core/thread-id.ts'
import { watchJob } from '../../../src/storage/jobs/watch.ts'
import { cardMessage, questionMessage } from '../../contracts/messages.ts'
import { openOutbox } from '../support/outbox.ts'
import { openSlackBed, type SlackBed } from './support/slack-bed.ts'
import { openWeather } from './support/weather.ts'

let bed: SlackBed
let outbox: Outbox
beforeAll(async () => {
  bed = await openSlackBed()
  outbox = openOutbox(bed.store, bed.slack.ports)
})
afterAll(async () => {
  await outbox.close()
  await bed.close()
})

const within = { timeout: 30_000 }

/** A workspace with one more channel, public or private, of which nobody but its people know. */
async function place(isPrivate = false) {
  const at = await bed.workspace()
  const side = at.team.addChannel({ name: 'exports', members: [at.ana, at.install], isPrivate })
  const dm = at.team.openDm(at.ana)
  const { tenantId } = at.account
  /** A job of Ana's, at work in the thread that its card has begun. */
  const working = async (text: string, room = side) => {
    const root = at.ana.says(room.id, `${at.loom} ${text}`)
    await expect.poll(() => room.thread(root.ts).length, within).toBeGreaterThan(1)
    await bed.bed.admin`
      update loom.jobs set state = 'running' where tenant_id = ${tenantId} and state = 'received'`
    return threadId('slack', room.id, root.ts) as ThreadId
  }
  const jobs = () =>
    bed.rows(`select j.id, j.state, t.address from loom.jobs j join loom.briefs b on b.id = j.brief_id
      join loom.threads t on t.id = b.thread_id where j.tenant_id = '${tenantId}' order by j.created_at`)
  const waiting = (address: string) =>
    bed.rows(`select 1 from loom.due_deliveries d join loom.deliveries l on l.id = d.delivery_id
      join loom.threads t on t.id = l.thread_id where t.address = '${address}'`)
  return { ...at, side, working, jobs, waiting, told: () => dm.messages().map(({ text }) => text) }
}

for (const isPrivate of [false, true]) {
  test(`a ${isPrivate ? 'private' : 'public'} channel that is deleted ends its jobs, and who asked is told so once, in private`, async () => {
    const at = await place(isPrivate)
    const thread = await at.working('compare the exports')
    const kept = await at.working('compare the prices', at.channel)
    at.side.delete()
    await expect
      .poll(at.jobs, within)
      .toMatchObject([{ state: 'cancelled' }, { address: kept, state: 'running' }])
    await expect.poll(at.told, within).toHaveLength(1)
    await expect.poll(() => at.waiting(thread), within).toEqual([])
    expect(at.told()).toEqual([
      expect.stringMatching(
        /^Loom stopped working on what you asked for, because .* was deleted( or is closed to Loom)?\./,
      ),
    ])
  })
}

test('a recurring brief that answers in a deleted channel rests, and whose it is hears of it', async () => {
  const at = await place()
  at.ana.says(at.side.id, `${at.loom} every Monday at 9: Count the rows.`)
  const schedules = () =>
    bed.rows(`select paused, next_at from loom.schedules where tenant_id = '${at.account.tenantId}'`)
  await expect.poll(schedules, within).toMatchObject([{ paused: false }])
  at.side.delete()
  await expect.poll(schedules, within).toEqual([{ paused: true, next_at: null }])
  await expect.poll(at.told, within).toEqual([expect.stringMatching(/^A recurring brief of yours rests/)])
})

test('a job that is watched elsewhere goes on there, until that is deleted too', async () => {
  const at = await place()
  const thread = await at.working('compare the exports')
  const [job] = await at.jobs()
  const { installationId, tenantId } = at.account
  const seat = at.ana.says(at.channel.id, 'here')
  const watching = threadId('slack', at.channel.id, seat.ts)
  const operator = { tenantId, actor: { kind: 'operator' } } as const
  await watchJob(bed.store, operator, { jobId: job?.id ?? '', installationId, thread: watching })
  at.side.delete()
  await expect
    .poll(
      () =>
        bed.rows(`select t.address, jt.live from loom.job_threads jt join loom.threads t on t.id = jt.thread_id
          where jt.tenant_id = '${tenantId}' order by jt.part`),
      within,
    )
    .toEqual([
      { address: thread, live: false },
      { address: watching, live: true },
    ])
  expect(await at.jobs()).toMatchObject([{ state: 'running' }])
  at.channel.delete()
  await expect.poll(at.jobs, within).toMatchObject([{ state: 'cancelled' }])
})

test('where no event tells of it, the next change of the card finds it out; another workspace’s channel of that name stays', async () => {
  const at = await place()
  const thread = await at.working('compare the exports')
  const port = await bed.slack.ports.portFor(at.account)
  const ref = await port.post(thread, cardMessage(), { nonce: 'card' })
  const other = await bed.workspace('Other')
  const twin = other.team.addChannel({ name: 'exports', id: at.side.id, members: [other.ana, other.install] })
  const root = other.ana.says(twin.id, `${other.loom} compare theirs`)
  await expect.poll(() => twin.thread(root.ts).length, within).toBeGreaterThan(1)
  at.side.vanish()
  await expect(port.edit(thread, ref, cardMessage({ title: 'One' }))).rejects.toMatchObject({
    kind: 'forbidden',
  })
  await expect.poll(at.jobs, within).toMatchObject([{ state: 'cancelled' }])
  await expect
    .poll(at.told, within)
    .toEqual([expect.stringMatching(/^Loom stopped .* was deleted or is closed to Loom\./)])
  const theirs = await bed.rows(`select state from loom.jobs where tenant_id = '${other.account.tenantId}'`)
  expect(theirs).not.toMatchObject([{ state: 'cancelled' }])
})

test('a channel that Slack still knows when it is asked again is not gone', async () => {
  const gone: string[] = []
  await using scene = await openWeather({
    gone: async (_, thread) => {
      gone.push(thread)
      return true
    },
  })
  scene.slack.faults.next('chat.postMessage', { error: 'channel_not_found' })
  await expect(scene.post(cardMessage())).rejects.toMatchObject({ kind: 'forbidden' })
  expect(gone).toEqual([])
  const told = () => scene.team.openDm(scene.person).messages()
  expect(told()).toHaveLength(1)
  scene.room.vanish()
  const question = scene.port.post(scene.thread, questionMessage(), { nonce: 'question' })
  await expect(question).rejects.toMatchObject({ kind: 'forbidden' })
  expect(gone).toEqual([scene.thread])
  expect(told()).toHaveLength(1)
})

test('who was told of a deleted channel hears nothing more when a late change of the card finds it out too', async () => {
  const at = await place()
  const thread = await at.working('compare the exports')
  at.side.delete()
  await expect.poll(at.told, within).toHaveLength(1)
  const port = await bed.slack.ports.portFor(at.account)
  await expect(port.post(thread, cardMessage(), { nonce: 'late' })).rejects.toMatchObject({
    kind: 'forbidden',
  })
  expect(at.told()).toHaveLength(1)
})
