import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadSaid } from '../../../src/storage/briefs/said.ts'
import { stopJob } from '../../../src/storage/jobs/stop.ts'
import { gather, plannerOf } from '../support/gathering.ts'
import { openSlackBed, type SlackBed } from './support/slack-bed.ts'

let bed: SlackBed
beforeAll(async () => {
  bed = await openSlackBed()
})
afterAll(() => bed.close())

type Place = Awaited<ReturnType<SlackBed['workspace']>>
const tenantOf = ({ account }: Place) => ({
  ...account,
  store: bed.store,
  context: { tenantId: account.tenantId, actor: { kind: 'person', identityId: account.identityId } } as const,
})
const jobsOf = async ({ account }: Place) => {
  const rows = await bed.rows(
    `select id from loom.jobs where tenant_id = '${account.tenantId}' order by created_at`,
  )
  return rows.map(({ id }) => String(id))
}
const saidTo = async (place: Place, jobId: string) => {
  const { context, store } = tenantOf(place)
  return (await loadSaid(store, context, { jobId, taskId: jobId })).map(({ text }) => text)
}
const gatherFor = (place: Place, jobId: string) =>
  gather(bed.bed, tenantOf(place), jobId, { reader: bed.slack.readThread })
const contextOf = async (place: Place, jobId: string) =>
  (await plannerOf(bed.bed, tenantOf(place), jobId)).thread.map(({ text }) => text)
const listens = () => bed.fake.deliver.to(bed.at('events'))
const isAway = () => bed.fake.deliver.to('http://127.0.0.1:1/')
/** A mention that Loom could not take when it was said, with what was said below it meanwhile. */
async function mentionThatComesLate(place: Place, replies: readonly string[]) {
  isAway()
  const root = place.ana.says(place.channel.id, `${place.loom} compare the exports`)
  await bed.fake.settled()
  listens()
  const said = []
  for (const text of replies) {
    said.push(place.ana.says(place.channel.id, { text, threadTs: root.ts }))
    await bed.fake.settled()
  }
  expect(await jobsOf(place)).toEqual([])
  bed.fake.pass(61_000)
  await bed.fake.settled()
  const [jobId = '', ...more] = await jobsOf(place)
  expect(more).toEqual([])
  return { jobId, root, said }
}
const eventOf = (ts: string) =>
  bed.fake.deliver.envelopes.find(({ event }) => event.ts === ts && event.type === 'message')?.event_id ?? ''

test('what was said below a mention before it came is said to its job, once, and nothing that is for others', async () => {
  const place = await bed.workspace()
  const ben = place.team.addUser({ name: 'Ben' })
  const { jobId, root, said } = await mentionThatComesLate(place, [
    'only the Solo plan',
    `${ben.mention} do you agree?`,
    'and only January',
  ])
  // While the thread is read, one of them is delivered once more.
  bed.fake.deliver.again(eventOf(said[0]?.ts ?? ''))
  await Promise.all([gatherFor(place, jobId), bed.fake.settled()])
  const words = ['only the Solo plan', 'and only January']
  expect((await saidTo(place, jobId)).sort()).toEqual(words.sort())
  for (const { ts } of said) bed.fake.deliver.again(eventOf(ts))
  bed.fake.deliver.again(eventOf(root.ts))
  await bed.fake.settled()
  expect((await saidTo(place, jobId)).sort()).toEqual(words.sort())
  expect(await jobsOf(place)).toEqual([jobId])
  expect(await contextOf(place, jobId)).toEqual([])
  const kept = await bed.rows(`select 1 from loom.messages where tenant_id = '${place.account.tenantId}'`)
  expect(kept).toHaveLength(4)
})

test('a mention that comes late without being sent twice is read with its thread too', async () => {
  const slow = await openSlackBed()
  try {
    slow.fake.pass(-60_000)
    const place = await slow.workspace()
    place.ana.says(place.channel.id, `${place.loom} compare the exports`)
    await slow.fake.settled()
    expect(slow.rung).toEqual(['bot'])
  } finally {
    await slow.close()
  }
})

test('a job that was stopped takes nothing more of what was said before its mention came', async () => {
  const place = await bed.workspace()
  const { jobId } = await mentionThatComesLate(place, ['only the Solo plan'])
  const tenant = tenantOf(place)
  const stopping: typeof bed.slack.readThread = async (input) => {
    const read = await bed.slack.readThread(input)
    await stopJob(bed.store, tenant.context, { jobId, state: 'cancelled', answer: 'Stopped.' })
    return read
  }
  await expect(gather(bed.bed, tenant, jobId, { reader: stopping })).rejects.toMatchObject({
    kind: 'lease_lost',
  })
  expect(await jobsOf(place)).toEqual([jobId])
  expect(await saidTo(place, jobId)).toEqual([])
})

test('a reply that calls Loom before the thread’s first message came opens the job, which is then told that one once', async () => {
  const place = await bed.workspace()
  isAway()
  const root = place.ana.says(place.channel.id, `${place.loom} compare the exports`)
  await bed.fake.settled()
  listens()
  place.ana.says(place.channel.id, { text: `${place.loom} only January`, threadTs: root.ts })
  await bed.fake.settled()
  const [jobId = ''] = await jobsOf(place)
  await gatherFor(place, jobId)
  bed.fake.pass(61_000)
  await bed.fake.settled()
  expect(bed.fake.deliver.log.at(-1)).toMatchObject({ acknowledged: true })
  expect(await jobsOf(place)).toEqual([jobId])
  expect(await contextOf(place, jobId)).toEqual(['compare the exports'])
  expect(await saidTo(place, jobId)).toEqual([])
})

test('where a message calls Loom only since it was edited, what was said below it before is context', async () => {
  const place = await bed.workspace()
  const root = place.ana.says(place.channel.id, 'the numbers are in')
  place.ana.says(place.channel.id, { text: 'up 3 %', threadTs: root.ts })
  await bed.fake.settled()
  place.ana.edits(root, `${place.loom} what do the numbers say?`)
  await bed.fake.settled()
  const [jobId = ''] = await jobsOf(place)
  await gatherFor(place, jobId)
  expect(await saidTo(place, jobId)).toEqual([])
  expect(await contextOf(place, jobId)).toEqual(['up 3 %'])
})

test('a follow-up takes what its prompt points at under the same rule, and asks Slack nothing where it points at nothing', async () => {
  const place = await bed.workspace()
  const { ana, channel, install, team } = place
  const open = team.addChannel({ name: 'open', members: [ana, install] })
  const secret = team.addChannel({ name: 'secret', isPrivate: true, members: [ana, install] })
  const [plain, hidden] = [open, secret].map((room) => ana.says(room.id, `words in ${room.name}`))
  const root = ana.says(channel.id, `${place.loom} compare the exports`)
  await bed.fake.settled()
  const end = async (jobId = '') =>
    stopJob(bed.store, tenantOf(place).context, { jobId, state: 'cancelled', answer: 'Stopped.' })
  await end((await jobsOf(place))[0])
  const asked = bed.fake.calls.length
  ana.says(channel.id, { text: 'and in March?', threadTs: root.ts })
  await bed.fake.settled()
  await gatherFor(place, (await jobsOf(place))[1] ?? '')
  expect(bed.fake.calls).toHaveLength(asked)
  await end((await jobsOf(place))[1])
  const links = `see <${plain?.permalink}>, <${hidden?.permalink}> and <${root.permalink}|that one>.`
  ana.says(channel.id, { text: links, threadTs: root.ts })
  await bed.fake.settled()
  const jobId = (await jobsOf(place))[2] ?? ''
  await gatherFor(place, jobId)
  const { prompt, thread } = await plannerOf(bed.bed, tenantOf(place), jobId)
  const lines = thread.map(({ text }) => text).join('\n')
  expect(lines).toContain(`(From ${plain?.permalink}) words in open`)
  expect(`${lines}${prompt}`).not.toContain('words in secret')
  const sentence = `did not take what ${hidden?.permalink} points at: it stands in another place`
  expect(prompt.split(sentence)).toHaveLength(2)
  expect(lines.match(/compare the exports/g)).toHaveLength(1)
})

test('a name that nobody knew when the mention came stands in the brief once the thread was gathered', async () => {
  const place = await bed.workspace()
  const ben = place.team.addUser({ name: 'Ben' })
  const root = place.ana.says(place.channel.id, `${place.loom} ask ${ben.mention}`)
  await bed.fake.settled()
  place.ana.says(place.channel.id, { text: `and ${ben.mention} again`, threadTs: root.ts })
  await bed.fake.settled()
  const [jobId = ''] = await jobsOf(place)
  await gatherFor(place, jobId)
  expect((await plannerOf(bed.bed, tenantOf(place), jobId)).prompt).toBe('ask @Ben')
  expect(await saidTo(place, jobId)).toEqual(['and @Ben again'])
})
