import { afterAll, beforeAll, expect, test } from 'vitest'
import { threadId } from '../../../src/core/thread-id.ts'
import { type DiscordBed, openDiscordBed } from './support/discord-bed.ts'

let bed: DiscordBed
beforeAll(async () => {
  bed = await openDiscordBed()
})
afterAll(() => bed.close())

type Scene = Awaited<ReturnType<DiscordBed['guild']>>

const read = ({ account }: Scene, thread: ReturnType<typeof threadId>, more: object = {}) =>
  bed.discord.readThread({
    ...account,
    thread,
    untilMs: Date.now() + 1,
    signal: AbortSignal.timeout(10_000),
    ...more,
  })

test('a thread is read with what it began with, without Loom’s own words', async () => {
  const scene = await bed.guild()
  const { ana, ben, channel } = scene
  const root = ana.says(channel.id, { text: 'numbers', files: [{ name: 'a.csv', content: 'a,b\n1,2\n' }] })
  const thread = ana.opensThread(channel.id, 'numbers', root)
  ben.says(thread, `they look odd, ${ana.mention}`)
  const found = await read(scene, threadId('discord', channel.id, thread))
  expect(found.messages.map(({ author, text }) => `${author.name}: ${text}`)).toEqual([
    'Ana: numbers',
    'Ben: they look odd, @Ana',
  ])
  expect(found.messages[0]?.files).toMatchObject([
    { name: 'a.csv', source: expect.stringMatching(new RegExp(`^discord:${channel.id}/${root.id}/\\d+$`)) },
  ])
})

test('a thread that does not exist yet is its first message, and what that answers', async () => {
  const scene = await bed.guild()
  const { ana, ben, channel } = scene
  const asked = ben.says(channel.id, 'who knows the churn?')
  const root = ana.says(channel.id, { text: `${bed.loom} you do`, replyTo: asked.id })
  const found = await read(scene, threadId('discord', channel.id, root.id))
  expect(found.messages.map(({ text }) => text)).toEqual(['who knows the churn?', 'you do'])
})

test('of a long thread the newest is read; what was said below the prompt is an order', async () => {
  const scene = await bed.guild()
  const { ana, channel } = scene
  const thread = ana.opensThread(channel.id, 'long')
  for (let count = 0; count < 330; count += 1) ana.says(thread, `line ${count}`)
  ana.says(thread, `${bed.loom} sum up`)
  const untilMs = bed.fake.now() + 1
  bed.fake.pass(5)
  ana.says(thread, 'in euro')
  const found = await read(scene, threadId('discord', channel.id, thread), { untilMs })
  const texts = found.messages.map(({ text }) => text)
  expect(texts.length).toBeGreaterThan(200)
  expect(texts.slice(-2)).toEqual(['sum up', 'in euro'])
  expect(texts).not.toContain('line 1')
  expect(found.messages.at(-1)?.order).toBe(true)
})

test('links are followed to the same channel and to public ones of the server alone', async () => {
  const scene = await bed.guild()
  const { ana, channel, guild } = scene
  const open = guild.addChannel({ name: 'open' })
  const closed = guild.addChannel({
    name: 'closed',
    overwrites: [
      { id: guild.everyone, deny: ['ViewChannel'] },
      { id: ana.id, allow: ['ViewChannel'] },
      { id: bed.fake.bot.id, allow: ['ViewChannel'] },
    ],
  })
  const elsewhere = await bed.guild('Elsewhere')
  const link = (at: { id: string }, place: { id: string }, message: { id: string }) =>
    `https://discord.com/channels/${at.id}/${place.id}/${message.id}`
  const links = [
    link(guild, channel, ana.says(channel.id, 'said here')),
    link(guild, open, ana.says(open.id, 'said in the open')),
    link(guild, closed, ana.says(closed.id, 'said in private')),
    link(elsewhere.guild, elsewhere.channel, elsewhere.ana.says(elsewhere.channel.id, 'said elsewhere')),
  ]
  const root = ana.says(channel.id, `${bed.loom} look: ${links.join(' ')}`)
  const found = await read(scene, threadId('discord', channel.id, root.id))
  const words = found.messages.map(({ text }) => text).join('\n')
  expect(words).toContain('said here')
  expect(words).toContain('said in the open')
  expect(words).not.toContain('said in private')
  expect(words).not.toContain('said elsewhere')
  expect(words.match(/it stands in another place that is not public/g)).toHaveLength(2)
  const known = await read(scene, threadId('discord', channel.id, root.id), {
    known: true,
    prompt: `and ${links[2]}?`,
  })
  expect(known).toMatchObject({ messages: [], prompt: expect.stringContaining('not public') })
})

test('where Loom may not read, it says so in a sentence that nobody has to try again', async () => {
  const scene = await bed.guild()
  const { channel, guild } = scene
  const thread = scene.ana.opensThread(channel.id, 'private')
  guild.overwrite(channel.id, { id: bed.fake.bot.id, deny: ['ViewChannel'] })
  await expect(read(scene, threadId('discord', channel.id, thread))).rejects.toMatchObject({
    kind: 'forbidden',
    retryable: false,
  })
})

test('a file is fetched by its message, with a fresh address; what is gone or too large is said', async () => {
  const scene = await bed.guild()
  const { account, ana, channel } = scene
  const content = 'region,amount\nnorth,10\n'
  const said = ana.says(channel.id, { text: 'here', files: [{ name: 'sales.csv', content }] })
  const { messages } = await read(scene, threadId('discord', channel.id, said.id))
  const source = messages[0]?.files[0]?.source.replace(/^discord:/, '') ?? ''
  const fetchOne = (more: object) =>
    bed.discord.fetchFile({
      ...account,
      source,
      objects: bed.store.objects,
      key: (sha256) => `${account.tenantId}/${account.installationId}/blobs/${sha256}`,
      limitBytes: 1_000,
      signal: AbortSignal.timeout(10_000),
      ...more,
    })
  expect(await fetchOne({})).toMatchObject({ bytes: content.length })
  await expect(fetchOne({ limitBytes: 5 })).rejects.toMatchObject({ kind: 'too_large' })
  await expect(fetchOne({ source: 'url:https://evil.example/attachments/x' })).rejects.toMatchObject({
    kind: 'forbidden',
  })
  ana.deletes(said)
  await expect(fetchOne({})).rejects.toMatchObject({ kind: 'not_found' })
})
