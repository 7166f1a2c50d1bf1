import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadSaid } from '../../../src/storage/briefs/said.ts'
import { openSlackBed, type SlackBed } from './support/slack-bed.ts'

let bed: SlackBed
beforeAll(async () => {
  bed = await openSlackBed()
})
afterAll(() => bed.close())

type Place = Awaited<ReturnType<SlackBed['workspace']>>
const jobsOf = async ({ account }: Place) => {
  const rows = await bed.rows(
    `select id from loom.jobs where tenant_id = '${account.tenantId}' order by created_at`,
  )
  return rows.map(({ id }) => String(id))
}
const saidTo = async ({ account }: Place, jobId = '') => {
  const context = { tenantId: account.tenantId, actor: { kind: 'system' } } as const
  return (await loadSaid(bed.store, context, { jobId, taskId: jobId })).map(({ text }) => text)
}
const inDm = async (place: Place, text: string, who = place.ana) => {
  const said = who.says(place.team.openDm(who).id, text)
  await bed.fake.settled()
  return said
}

test('several quick direct messages are one turn, however they are delivered; edits and deletions follow', async () => {
  const place = await bed.workspace()
  bed.fake.deliver.copies(2)
  bed.fake.deliver.hold()
  const dm = place.team.openDm(place.ana).id
  const said = ['compare the exports', 'only January', 'and leave out tests'].map((text) =>
    place.ana.says(dm, text),
  )
  bed.fake.deliver.release('reversed')
  await bed.fake.settled()
  bed.fake.deliver.copies(1)
  const [jobId, ...more] = await jobsOf(place)
  expect(more).toEqual([])
  // Whichever came first is the prompt; the two others are said to its job, once each.
  expect(await saidTo(place, jobId)).toHaveLength(2)
  for (const { event_id } of bed.fake.deliver.envelopes) bed.fake.deliver.again(event_id)
  await bed.fake.settled()
  expect(await jobsOf(place)).toEqual([jobId])
  const words = await saidTo(place, jobId)
  expect(words).toHaveLength(2)
  await bed.bed.admin`update loom.jobs set state = 'running' where id = ${jobId ?? ''}`
  const joined = said.filter((_, at) =>
    words.includes(['compare the exports', 'only January', 'and leave out tests'][at] ?? ''),
  )
  place.ana.edits(joined[0] ?? said[0] ?? { channel: dm, ts: '' }, 'only February')
  await bed.fake.settled()
  expect((await saidTo(place, jobId)).at(-1)).toBe('Corrected: only February')
  place.ana.deletes(joined[1] ?? { channel: dm, ts: '' })
  await bed.fake.settled()
  const removed = await bed.rows(
    `select 1 from loom.messages where tenant_id = '${place.account.tenantId}' and removed_at is not null`,
  )
  expect(removed).toHaveLength(1)
  expect(await jobsOf(place)).toEqual([jobId])
})

test('a turn ends after a minute, or with its job; it is one person’s, and no recurring brief is one', async () => {
  const place = await bed.workspace()
  await inDm(place, 'compare the exports')
  const ben = place.team.addUser({ name: 'Ben' })
  await inDm(place, 'what is in here?', ben)
  expect(await jobsOf(place)).toHaveLength(2)
  await inDm(place, 'every weekday at 8: what changed in churn?')
  expect(
    await bed.rows(`select 1 from loom.schedules where tenant_id = '${place.account.tenantId}'`),
  ).toHaveLength(1)
  const { tenantId } = place.account
  await bed.bed
    .admin`update loom.jobs set created_at = created_at - interval '61 seconds' where tenant_id = ${tenantId}`
  await inDm(place, 'and now?')
  expect(await jobsOf(place)).toHaveLength(3)
  await bed.bed.admin`
    with ended as (update loom.jobs set state = 'done', ended_at = now() where tenant_id = ${tenantId})
    update loom.job_threads set live = false where tenant_id = ${tenantId}`
  await inDm(place, 'and after that?')
  expect(await jobsOf(place)).toHaveLength(4)
})
