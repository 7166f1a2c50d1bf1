import { ChannelType } from 'discord.js'
import { expect, test } from 'vitest'
import { threadId } from '../../../../src/core/thread-id.ts'
import { answerMessage, cardMessage, noticeMessage, questionMessage } from '../../../contracts/messages.ts'
import { failureOf, openWeather } from '../support/weather.ts'

const beginning = 'POST /channels/:channel/messages/:message/threads'

test('the first post begins the thread on the message that asked, under the name of the card', async () => {
  await using scene = await openWeather()
  await scene.post(cardMessage({ title: `Comparing @everyone ${'very '.repeat(40)}long` }))
  const [thread, ...others] = scene.guild.threads()
  expect(others).toEqual([])
  expect(thread).toMatchObject({ id: scene.root.id, parentId: scene.channel.id, isPrivate: false })
  expect(thread?.name).toMatch(/^Comparing @everyone very .*…$/u)
  expect(thread?.name.length).toBeLessThanOrEqual(100)
  expect(scene.posts()).toHaveLength(1)
})

test('a thread that begins with a word is called what was asked there', async () => {
  await using scene = await openWeather()
  const { discord, ada, channel, port } = scene
  const asked = ada.says(channel.id, `${discord.bot.mention} compare  the *exports*`)
  const nothing = ada.says(channel.id, discord.bot.mention)
  for (const { id } of [asked, nothing])
    await port.post(threadId('discord', channel.id, id), noticeMessage('Hello.'), { nonce: id })
  expect(scene.guild.threads().map(({ name }) => name)).toEqual(['compare the *exports*', 'Loom'])
})

test('posts at the same time begin one thread, and one that is there already is used', async () => {
  await using scene = await openWeather()
  await Promise.all([scene.post(cardMessage(), 'card'), scene.post(noticeMessage('Hello.'), 'notice')])
  expect(scene.guild.threads()).toHaveLength(1)
  expect(scene.posts()).toHaveLength(2)
  const other = await scene.openPort()
  await other.post(scene.thread, noticeMessage('More.'), { nonce: 'more' })
  expect(scene.guild.threads()).toHaveLength(1)
  expect(scene.posts()).toHaveLength(3)
})

test('a forum post, a voice channel and a direct message are written into as they are', async () => {
  await using scene = await openWeather()
  const forum = scene.guild.addChannel({ name: 'ideas', type: ChannelType.GuildForum })
  const post = scene.ada.postsIn(forum.id, 'An idea', 'What do you think?')
  const voice = scene.guild.addChannel({ name: 'talk', type: ChannelType.GuildVoice })
  const dm = scene.ada.dm()
  for (const [channel, thread] of [
    [forum.id, post],
    [voice.id, voice.id],
    [dm, dm],
  ] as const) {
    await scene.port.post(threadId('discord', channel, thread), cardMessage(), { nonce: thread })
    expect(scene.ada.reads(thread).at(-1)?.text).toContain('Comparing churn exports')
  }
  expect(scene.discord.callsTo(beginning)).toEqual([])
})

test('an archived thread is woken, to post and to edit', async () => {
  await using scene = await openWeather()
  const ref = await scene.post(cardMessage())
  scene.guild.archive(scene.root.id)
  await scene.port.edit(scene.thread, ref, cardMessage({ title: 'Edited' }))
  expect(scene.texts().join()).toContain('Edited')
  expect(scene.guild.threads()[0]?.archived).toBe(false)
  scene.guild.archive(scene.root.id)
  await scene.post(answerMessage(), 'answer')
  expect(scene.texts().join()).toContain('Churn rose')
})

test.each([
  ['the thread is locked', (scene: Scene) => scene.guild.archive(scene.root.id, { locked: true }), /locked/],
  ['the thread was deleted', (scene: Scene) => scene.guild.removeChannel(scene.root.id), /deleted/],
  ['the channel was deleted', (scene: Scene) => scene.guild.removeChannel(scene.channel.id), /deleted/],
  [
    'Loom may not write there any more',
    (scene: Scene) =>
      scene.guild.overwrite(scene.channel.id, { id: scene.discord.bot.id, deny: ['SendMessagesInThreads'] }),
    /lacks a permission/,
  ],
  [
    'Loom does not see the channel any more',
    (scene: Scene) =>
      scene.guild.overwrite(scene.channel.id, { id: scene.discord.bot.id, deny: ['ViewChannel'] }),
    /no longer see/,
  ],
  ['Loom was removed from the server', (scene: Scene) => scene.guild.removesApp(), /./],
] as const)(
  'when %s, the answer is given up and whoever asked hears of it once, and why',
  async (what, happens, why) => {
    await using scene = await openWeather()
    const ref = await scene.post(cardMessage(), 'card')
    happens(scene)
    const failure = await failureOf(scene.post(answerMessage(), 'answer'))
    expect(failure.retryable).toBe(false)
    expect(failure.message).toMatch(why)
    await failureOf(scene.post(answerMessage(), 'answer'))
    // What stands there may still be changed by who wrote it, where it is seen.
    const edited = scene.port.edit(scene.thread, ref, cardMessage({ title: 'Other' }))
    if (what.includes('may not write')) await edited
    else expect(await failureOf(edited)).toMatchObject({ retryable: false })
    const told = scene.direct()
    expect(told).toHaveLength(1)
    expect(told[0]).toContain('Your answer could not be posted in the thread where you asked.')
    expect(told[0]).toContain(failure.message)
    expect(told[0]).not.toContain('Churn')
  },
)

test('a permission that is taken away in the middle of a job is said once, where whoever asked sees it, and then of the answer', async () => {
  await using scene = await openWeather()
  const ref = await scene.post(cardMessage(), 'card')
  const { channel, discord, guild } = scene
  guild.overwrite(channel.id, { id: discord.bot.id, deny: ['ViewChannel'] })
  for (const title of ['One', 'Two'])
    await failureOf(scene.port.edit(scene.thread, ref, cardMessage({ title })))
  const why = 'Loom can no longer see that channel. Let it in there and ask again.'
  expect(scene.direct()).toEqual([
    expect.stringContaining(`Loom could not post in the thread where you asked. ${why}`),
  ])
  await failureOf(scene.post(answerMessage(), 'answer'))
  expect(scene.direct().slice(1)).toEqual([expect.stringContaining(`Your answer could not be posted`)])
})

test('a question that cannot be asked in the thread is told of, even to somebody new, and not to one who takes no messages', async () => {
  await using scene = await openWeather()
  await scene.post(cardMessage(), 'card')
  scene.guild.archive(scene.root.id, { locked: true })
  await failureOf(scene.post(questionMessage(), 'question'))
  expect(scene.direct()[0]).toContain('Loom needs a word from you, and could not ask in the thread.')
  scene.ada.refusesDms()
  expect(await failureOf(scene.post(answerMessage(), 'answer'))).toMatchObject({ kind: 'forbidden' })
})

test('the message that began the thread is gone: nothing is begun, and whoever asked is told', async () => {
  await using scene = await openWeather()
  scene.ada.deletes(scene.root)
  const failure = await failureOf(scene.post(cardMessage()))
  expect(failure.retryable).toBe(false)
  expect(scene.guild.threads()).toEqual([])
  expect(scene.direct()).toHaveLength(1)
})

test('a server with too many threads is answered below the message in its channel, and edited there', async () => {
  await using scene = await openWeather()
  scene.guild.allowThreads(0)
  const ref = await scene.post(cardMessage(), 'card')
  await scene.post(answerMessage(), 'answer')
  await scene.port.edit(scene.thread, ref, cardMessage({ state: 'done', title: 'Edited' }))
  const [, card, answer] = scene.ada.reads(scene.channel.id)
  expect(card).toMatchObject({ repliesTo: scene.root.id, pings: [], mentions: [] })
  expect(card?.text).toContain('Edited')
  expect(answer?.text).toContain('Churn rose')
  const other = await scene.openPort()
  expect(await other.post(scene.thread, cardMessage(), { nonce: 'card', mayBeShown: true })).toBe(ref)
  scene.guild.allowThreads(10)
  scene.discord.pass(11 * 60_000)
  await scene.post(noticeMessage('There is room.'), 'later')
  expect(scene.texts()).toEqual(['There is room.'])
})

test('a word for one person is a direct message that says where it is from; without, it stands in the thread and names nobody', async () => {
  await using scene = await openWeather()
  const notice = {
    kind: 'notice',
    notice: { text: 'Only you may read this.', onlyFor: scene.ada.id },
  } as const
  const ref = await scene.post(notice, 'one')
  expect(scene.direct()).toEqual(['Only you may read this.\n\nIn #churn'])
  expect(scene.guild.threads()).toEqual([])
  const other = await scene.openPort()
  expect(await other.post(scene.thread, notice, { nonce: 'one', mayBeShown: true })).toBe(ref)
  scene.ada.refusesDms()
  await scene.post(notice, 'two')
  expect(scene.direct()).toHaveLength(1)
  expect(scene.texts()).toEqual(['Only you may read this.'])
  expect(scene.posts()[0]?.mentions).toEqual([])
})

type Scene = Awaited<ReturnType<typeof openWeather>>
