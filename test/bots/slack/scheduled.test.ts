import { afterAll, beforeAll, expect, test } from 'vitest'
import { schedulesHere, schedulesWords } from '../../../src/bots/desk/schedules.ts'
import { threadId } from '../../../src/core/thread-id.ts'
import { openSlackBed, type SlackBed } from './support/slack-bed.ts'

let bed: SlackBed
beforeAll(async () => {
  bed = await openSlackBed()
})
afterAll(() => bed.close())

type Place = Awaited<ReturnType<SlackBed['workspace']>>
const schedulesOf = ({ account }: Place) =>
  bed.rows(`select rule, time_zone, next_at from loom.schedules where tenant_id = '${account.tenantId}'`)
const wordsOf = async ({ account }: Place): Promise<string[]> => {
  const sealer = await bed.store.vault.sealer(account.tenantId, 'content')
  const rows = await bed.bed.admin<{ id: string; body_sealed: Uint8Array }[]>`
    select * from loom.deliveries where tenant_id = ${account.tenantId} and kind = 'notice' order by created_at`
  return rows.map((row) => JSON.parse(sealer.openText(`deliveries.body:${row.id}`, row.body_sealed)).text)
}
const asks = async (place: Place, who = place.ana) => {
  const said = who.says(place.channel.id, `${place.loom} every weekday at 8: what changed in churn?`)
  await bed.fake.settled()
  return said
}

test('a brief that recurs goes by the clock of who asked, which the thread and the list of schedules say', async () => {
  const place = await bed.workspace()
  const kim = place.team.addUser({ name: 'Kim', tz: 'Asia/Tokyo' })
  place.channel.invite(kim)
  const { ts } = await asks(place, kim)
  const [schedule, ...more] = await schedulesOf(place)
  expect(more).toEqual([])
  expect(schedule).toMatchObject({ rule: '0 8 * * 1-5', time_zone: 'Asia/Tokyo' })
  // Eight in Tokyo is eleven at night in Greenwich.
  expect(new Date(schedule?.next_at ?? '').getUTCHours()).toBe(23)
  expect(await wordsOf(place)).toEqual([
    expect.stringMatching(/^Kept: every weekday at 08:00, first on .*, 08:00 \(Asia\/Tokyo\)\. Each run/),
  ])
  const acting = {
    account: place.account,
    role: 'owner',
    thread: threadId('slack', place.channel.id, ts),
  } as const
  const { ring, ...desk } = { ...bed, log: bed.store.log, ring: () => undefined }
  const listed = schedulesWords(await schedulesHere({ ...desk, ring }, acting))
  expect(listed).toMatch(/every weekday at 08:00 · next .*, 08:00 · Asia\/Tokyo/)
})

test('where Slack does not answer within a second it stays UTC and says so, once, and the mention is acknowledged', async () => {
  const place = await bed.workspace()
  bed.fake.faults.next('users.info', { hang: true })
  bed.fake.deliver.copies(2)
  await asks(place)
  bed.fake.deliver.copies(1)
  expect(await schedulesOf(place)).toMatchObject([{ time_zone: 'UTC' }])
  expect(await wordsOf(place)).toEqual([
    expect.stringMatching(
      /08:00 \(UTC\)\. Each run answers here\. Slack did not say where your clock stands/,
    ),
  ])
  expect(
    bed.fake.deliver.log.every(({ acknowledged, statuses }) => acknowledged && statuses.length === 1),
  ).toBe(true)
})

test('a refusal of Slack, or a zone that nobody knows, leaves it in UTC too', async () => {
  const refused = await bed.workspace()
  bed.fake.faults.removeScope(refused.install.botToken, 'users:read')
  await asks(refused)
  expect(await schedulesOf(refused)).toMatchObject([{ time_zone: 'UTC' }])
  const place = await bed.workspace()
  const eve = place.team.addUser({ name: 'Eve', tz: 'Nowhere/Land' })
  place.channel.invite(eve)
  await asks(place, eve)
  expect(await schedulesOf(place)).toMatchObject([{ time_zone: 'UTC' }])
  expect(await wordsOf(place)).toEqual([expect.stringContaining('these times are UTC')])
})
