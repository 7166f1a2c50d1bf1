import { expect, test } from 'vitest'
import { refOf } from '../../../../src/bots/discord/port/ref.ts'
import { threadId } from '../../../../src/core/thread-id.ts'
import { answerMessage, cardMessage, noticeMessage } from '../../../contracts/messages.ts'
import { failureOf, openWeather } from '../support/weather.ts'

const deleting = 'DELETE /channels/:channel/messages/:message'

test('an archived thread is woken for it; a thread that is gone took its messages along', async () => {
  await using scene = await openWeather()
  const { channel, guild, port, root, thread } = scene
  const card = await scene.post(cardMessage(), 'card')
  const answer = await scene.post(answerMessage({ markdown: 'Churn rose.' }), 'answer')
  guild.archive(root.id)
  expect(await port.remove(thread, card)).toBe('removed')
  expect(scene.texts()).toHaveLength(1)
  guild.removeChannel(root.id)
  expect(await port.remove(thread, answer)).toBe('gone')
  expect(scene.ada.reads(channel.id).map(({ text }) => text)).toEqual(['Compare the exports.'])
})

test('what Discord does not let Loom remove stays, and is said to', async () => {
  await using scene = await openWeather()
  const { channel, discord, guild, port, root, thread } = scene
  const theirs = refOf({ nonce: 'n', messages: [{ channel: channel.id, id: root.id }] })
  expect(await port.remove(thread, theirs)).toBe('kept')
  const card = await scene.post(cardMessage())
  discord.faults.next(deleting, { status: 403, code: 50_013 })
  expect(await port.remove(thread, card)).toBe('kept')
  guild.overwrite(channel.id, { id: guild.everyone, deny: ['ViewChannel'] })
  expect(await port.remove(thread, card)).toBe('kept')
})

test('under Discord’s limits it waits, and goes on where it was', async () => {
  await using scene = await openWeather({ limits: { scale: 0.1 } })
  const refs: string[] = []
  for (let count = 0; count < 12; count += 1)
    refs.push(await scene.post(noticeMessage(`${count}`), `n${count}`))
  for (const ref of refs) expect(await scene.port.remove(scene.thread, ref)).toBe('removed')
  expect(scene.texts()).toEqual([])
  const refused = scene.discord.calls.filter(({ route, status }) => route === deleting && status === 429)
  expect(refused).toEqual([])
  const card = await scene.post(cardMessage(), 'card')
  scene.discord.faults.next(deleting, { status: 429, retryAfterS: 60 })
  expect(await failureOf(scene.port.remove(scene.thread, card))).toMatchObject({
    kind: 'rate_limited',
    retryable: true,
  })
  expect(scene.texts()).toHaveLength(1)
})

test('a thread that Loom began loses its name, and the message that it began with if that was Loom’s; not another’s', async () => {
  await using scene = await openWeather()
  const { ada, channel, discord, guild, port, thread } = scene
  await port.remove(thread, await scene.post(cardMessage({ title: 'Secret plans' }), 'card'))
  expect(guild.threads()).toMatchObject([{ name: 'Secret plans' }])
  expect(await port.clear?.(thread)).toBe('removed')
  expect(await port.clear?.(thread)).toBe('gone')
  expect(guild.threads()).toMatchObject([{ name: 'Loom' }])
  expect(ada.reads(channel.id).map(({ text }) => text)).toContain('Compare the exports.')

  const begun = threadId('discord', channel.id, channel.id)
  const first = JSON.parse(await port.post(begun, noticeMessage('Ada asks for secret plans'), { nonce: 'b' }))
  const id = String(first[1][0][1])
  const under = threadId('discord', channel.id, id)
  await port.remove(under, await port.post(under, noticeMessage('Hello.'), { nonce: 'under' }))
  expect(await port.clear?.(under)).toBe('removed')
  expect(ada.reads(channel.id).map(({ text }) => text)).not.toContain('Ada asks for secret plans')

  const own = ada.opensThread(channel.id, 'ada’s own')
  const theirs = threadId('discord', channel.id, own)
  await port.remove(theirs, await port.post(theirs, noticeMessage('Hello.'), { nonce: 'theirs' }))
  expect(await port.clear?.(theirs)).toBe('gone')
  expect(guild.threads().map(({ name }) => name)).toContain('ada’s own')
  expect(discord.calls.filter(({ status }) => status === 429)).toEqual([])
})
