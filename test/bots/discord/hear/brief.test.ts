import { Routes } from 'discord.js'
import { expect, inject, it } from 'vitest'
import { changeInstallation } from '../../../../src/storage/installations/change.ts'
import { saveInstallation } from '../../../../src/storage/installations/save.ts'
import { only, systemOf, useBed } from '../../../storage/support/bed.ts'
import { useDiscordDesk } from './bed.ts'

const bed = useBed(only(inject('servers').slice(0, 1)))
const open = useDiscordDesk(bed)

type Place = Awaited<ReturnType<typeof open>>

/** What was taken for an account: where it belongs, what was asked, with which cap and files. */
async function takenIn({ first, store }: Pick<Place, 'first' | 'store'>) {
  const { tenantId } = first.account
  const sealer = await store.vault.sealer(tenantId, 'content')
  const rows = await bed().admin`
    select t.address, m.id as message_id, m.body_sealed, m.files_sealed, j.cap_micro_usd::float8 as cap, j.state
    from loom.briefs b join loom.threads t on t.id = b.thread_id join loom.messages m on m.id = b.prompt_message_id
    join loom.jobs j on j.brief_id = b.id where b.tenant_id = ${tenantId} order by b.created_at`
  return rows.map((row) => ({
    address: row.address as string,
    text: sealer.openText(`messages.body:${row.message_id}`, row.body_sealed),
    files: row.files_sealed
      ? (JSON.parse(sealer.openText(`messages.files:${row.message_id}`, row.files_sealed)) as {
          name: string
          source: string
        }[])
      : [],
    cap: row.cap as number,
  }))
}

it('a brief in a channel becomes durable in a thread of its own, and one line says what was taken', async () => {
  const place = await open()
  const { ana, first } = place
  const use = ana.runs(first.channel.id, 'loom brief', {
    text: 'Compare **both** files, @everyone\nand say why',
    effort: 'thorough',
    cap: 2.5,
    file2: { name: 'b.csv', content: 'b' },
    file1: { name: 'a.csv', content: 'a' },
  })
  expect(await use.answered()).toBe('thinking')
  const line = await use.finished()
  expect(line).toMatchObject({
    text: 'Compare **both** files, @everyone and say why · 2 files · at most $2.50',
    onlyFor: undefined,
    pings: [],
  })
  const [taken, ...more] = await takenIn(place)
  expect(more).toEqual([])
  expect(taken).toMatchObject({ address: `discord:${first.channel.id}:${line.id}`, cap: 2_500_000 })
  expect(taken?.text).toMatch(/^Compare \*\*both\*\* files, @everyone\nand say why\n\nBe thorough:/)
  expect(taken?.files.map(({ name }) => name)).toEqual(['a.csv', 'b.csv'])
  for (const { source } of taken?.files ?? []) {
    expect(source).toMatch(/^discord:url:http/)
    expect((await fetch(source.replace('discord:url:', ''))).ok).toBe(true)
  }
  expect(place.rung).toEqual(['bot'])
})

it('a brief that is sent twice is one job, and nobody is told twice', async () => {
  const place = await open()
  const { ana, discord, first, settled } = place
  const use = ana.runs(first.channel.id, 'loom brief', { text: 'Count the rows' })
  await use.finished()
  discord.interactions.again(use.id)
  await settled()
  expect(await takenIn(place)).toHaveLength(1)
  expect(use.sees()).toHaveLength(1)
  expect(place.warned).toMatchObject([{ kind: 'conflict' }])
})

it('an acknowledgement whose own answer is lost is kept to', async () => {
  const place = await open()
  const { ana, discord, first } = place
  discord.faults.next('POST /interactions/:interaction/:token/callback', { dropReply: true })
  const line = await ana.runs(first.channel.id, 'loom brief', { text: 'Count the rows' }).finished()
  expect(line.text).toBe('Count the rows')
  const [taken] = await takenIn(place)
  expect(taken?.address).toBe(`discord:${first.channel.id}:${line.id}`)
})

it('in a thread the brief belongs to that thread, and one more steers the job that runs there', async () => {
  const place = await open()
  const { ana, first } = place
  const thread = ana.opensThread(first.channel.id, 'numbers')
  const begun = ana.runs(thread, 'loom brief', { text: 'Read what was said' })
  await begun.finished()
  const [taken] = await takenIn(place)
  expect(taken?.address).toBe(`discord:${first.channel.id}:${thread}`)
  const more = ana.runs(thread, 'loom brief', { text: 'Leave March out' })
  expect((await more.finished()).text).toBe('Passed on to the agents that are at work there.')
  expect(await takenIn(place)).toHaveLength(1)
})

it('in direct messages and where a channel has no threads, the whole conversation is the thread', async () => {
  const place = await open()
  const { ana, first } = place
  const voice = first.guild.addChannel({ name: 'stand-up', type: 2 })
  await ana.runs(voice.id, 'loom brief', { text: 'Sum up' }).finished()
  expect((await takenIn(place)).map(({ address }) => address)).toEqual([`discord:${voice.id}:${voice.id}`])
  const account = await installedBy(place, ana)
  ana.installsApp()
  const dm = ana.dm()
  const line = await ana.runs(dm, 'loom brief', { text: 'Look this up', effort: 'plain' }).finished()
  expect(line.text).toBe('Look this up')
  const more = await ana.runs(dm, 'loom brief', { text: 'And that' }).finished()
  expect(more.text).toBe('Passed on to the agents that are at work there.')
  const own = await takenIn({ store: place.store, first: { ...place.first, account } })
  expect(own).toMatchObject([
    {
      address: `discord:${dm}:${dm}`,
      text: 'Look this up\n\nThis is a plain question: one agent is enough, and a short answer.',
    },
  ])
  expect((await ana.runs(dm, 'loom stop').finished()).text).toMatch(/^The job is stopped\./)
})

it('where a permission is missing it says which, to the person alone, and takes nothing', async () => {
  const place = await open()
  const { ana, first } = place
  const closed = first.guild.addChannel({
    name: 'closed',
    overwrites: [{ id: first.guild.everyone, deny: ['CreatePublicThreads', 'SendMessagesInThreads'] }],
  })
  const told = await ana.runs(closed.id, 'loom brief', { text: 'Do it' }).finished()
  expect(told.onlyFor).toBe('Ana')
  expect(told.text).toContain('It lacks: Create Public Threads, Send Messages in Threads.')
  expect(await takenIn(place)).toEqual([])
})

it('what cannot be taken is said in words where it was asked', async () => {
  const place = await open()
  const { ana, first, store } = place
  const { channel } = first
  expect((await ana.runs(channel.id, 'loom brief', { text: 'Do it', cap: 900_000 }).finished()).text).toMatch(
    /month has a cap of .* one job cannot have more/,
  )
  const { installationId } = first.account
  const asker = await first.as(ana)
  const change = { channels: ['100000000000000000'] }
  await changeInstallation(store, systemOf(asker), { installationId, change })
  expect((await ana.runs(channel.id, 'loom brief', { text: 'Do it' }).finished()).text).toBe(
    'Loom is not set up for this channel. An admin can add it with /loom settings, or write to Loom directly.',
  )
  const stranger = place.discord.people.add('Dora')
  const other = place.discord.addGuild({ name: 'Nobody', owner: stranger })
  const there = other.addChannel({ name: 'general' })
  expect((await stranger.runs(there.id, 'loom brief', { text: 'Do it' }).finished()).text).toMatch(
    /^Loom is not installed in this server yet\./,
  )
  expect(await takenIn(place)).toEqual([])
})

it('a brief that recurs is kept as one, and the thread is told', async () => {
  const { ana, first } = await open()
  const line = await ana
    .runs(first.channel.id, 'loom brief', { text: 'every Monday at 9: sum up the week' })
    .finished()
  expect(line.text).toBe('Kept as a brief that recurs.')
})

it('used where Loom is not, it runs in the direct messages of who brought it along, and says so to them alone', async () => {
  const place = await open()
  const { ana, ben, discord, store } = place
  const account = await installedBy(place, ana)
  ana.installsApp()
  const elsewhere = discord.addGuild({ name: 'Elsewhere', owner: ben, bot: false, members: [ana] })
  const there = elsewhere.addChannel({ name: 'general' })
  const told = await ana.runs(there.id, 'loom brief', { text: 'Look this up' }).finished()
  expect(told).toMatchObject({ onlyFor: 'Ana' })
  expect(told.text).toBe('Look this up\nEverything that comes of it is in your direct messages with Loom.')
  const dm = ana.dm()
  const taken = await takenIn({ store, first: { ...place.first, account } })
  expect(taken.map(({ address }) => address)).toEqual([`discord:${dm}:${dm}`])
})

it('a message is taken with its thread, for what the form asks', async () => {
  const place = await open()
  const { ana, ben, first } = place
  const said = ben.says(first.channel.id, 'Churn looks odd in March')
  const use = ana.usesMenu(said, 'Take this to Loom')
  expect(await use.answered()).toBe('form')
  expect(use.form()?.text).not.toContain('Churn looks odd')
  const sent = ana.submits({ cap: '$1,50' })
  const told = await sent.finished()
  expect(told).toMatchObject({ onlyFor: 'Ana' })
  expect(told.text).toBe('Do what this message asks for. · the answer comes into the thread')
  expect(await takenIn(place)).toMatchObject([
    {
      address: `discord:${first.channel.id}:${said.id}`,
      text: 'Do what this message asks for.',
      cap: 1_500_000,
      files: [],
    },
  ])
  expect(place.rung).toEqual(['bot'])
  ana.usesMenu(said, 'Take this to Loom')
  await expect.poll(() => ana.form()).toBeDefined()
  expect((await ana.submits({ words: 'Again' }).finished()).text).toBe(
    'Loom works on this thread already. Reply there to steer it.',
  )
})

it('where Loom reads no messages, the form holds the message and its files, and they come with it', async () => {
  const place = await open({ readsMessages: false, messageContent: false })
  const { ana, ben, first } = place
  const said = ben.says(first.channel.id, {
    text: 'Here it is',
    files: [{ name: 'churn 1.csv', content: 'a,b' }],
  })
  const use = ana.usesMenu(said, 'Take this to Loom')
  await use.answered()
  expect(use.form()?.text).toContain('By their addresses')
  const [file] = said.files
  await ana.submits({ words: 'Count them', files: `${file?.url}\nand so on` }).finished()
  const [taken] = await takenIn(place)
  expect(taken?.text).toBe('Count them\n\nThe message:\nBen wrote:\nHere it is')
  expect(taken?.files).toEqual([{ name: 'churn_1.csv', source: `discord:url:${file?.url}` }])
})

it('a form that comes back for another message than it was given for takes nothing', async () => {
  const place = await open()
  const { ana, ben, discord, first } = place
  const secret = first.guild.addChannel({
    name: 'board',
    overwrites: [{ id: ana.id, deny: ['ViewChannel'] }],
  })
  const hidden = ben.says(secret.id, 'Between us')
  const said = ben.says(first.channel.id, 'Hello')
  await ana.usesMenu(said, 'Take this to Loom').answered()
  const opened = [...discord.world.interactions.values()].findLast(({ modal }) => modal)
  if (!opened?.modal) throw new Error('no form')
  opened.modal.customId = opened.modal.customId.replace(said.id, hidden.id)
  expect((await ana.submits().finished()).text).toBe('That message is no longer there.')
  expect(await takenIn(place)).toEqual([])
})

it('the commands are what Discord takes, wherever Loom can be', async () => {
  const { ana, discord, first, rest } = await open()
  const commands = await rest.call({
    method: 'GET',
    route: Routes.applicationCommands(discord.applicationId),
  })
  expect(commands).toMatchObject([
    { name: 'loom', integration_types: [0, 1], contexts: [0, 1, 2] },
    { name: 'Take this to Loom', integration_types: [0, 1], contexts: [0, 1, 2] },
  ])
  expect(ana.commands(first.channel.id)).toEqual(['loom', 'Take this to Loom'])
})

/** Loom as one person has it for themselves. */
async function installedBy(
  { discord, store }: Pick<Place, 'discord' | 'store'>,
  who: { id: string; name: string },
) {
  return saveInstallation(store, {
    ...{ platform: 'discord', kind: 'user', externalId: who.id, scopes: [] },
    tokens: { botToken: '', botUserId: discord.bot.id, appId: discord.applicationId },
    installer: { externalId: who.id, name: who.name },
  })
}
