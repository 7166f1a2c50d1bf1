import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { refOf } from '../../../src/bots/slack/port/ref.ts'
import { answerFile, answerMessage, cardMessage, noticeMessage } from '../../contracts/messages.ts'
import { failureOf, openWeather } from './support/weather.ts'

const withFile = answerMessage({
  markdown: 'Churn rose.',
  files: [answerFile('final/a.csv', { bytes: 3, read: async () => Readable.from([Buffer.from('a,b')]) })],
})

test('an upload goes from the thread and from the workspace, and so after a reply that was lost', async () => {
  await using scene = await openWeather()
  scene.slack.faults.next('files.completeUploadExternal', { dropReply: true })
  await failureOf(scene.post(withFile))
  const other = await scene.openPort()
  const ref = await other.post(scene.thread, withFile, { nonce: 'n', mayBeShown: true })
  expect(scene.team.files()).toMatchObject([{ deleted: false }])
  expect(await other.remove(scene.thread, ref)).toBe('removed')
  expect(scene.posts()).toEqual([])
  expect(scene.team.files()).toMatchObject([{ deleted: true, bytes: Buffer.alloc(0) }])
  expect(scene.room.message(scene.root).text).toContain('Compare the exports.')
})

test('broken off between a message and its file it goes on, and what a person saw alone is gone by itself', async () => {
  await using scene = await openWeather()
  const ref = await scene.post(withFile)
  scene.slack.faults.next('files.delete', { status: 503 })
  expect(await failureOf(scene.port.remove(scene.thread, ref))).toMatchObject({ retryable: true })
  expect(await scene.port.remove(scene.thread, ref)).toBe('removed')
  expect([scene.posts(), scene.team.files().map(({ deleted }) => deleted)]).toEqual([[], [true]])
  const notice = noticeMessage('For you alone.')
  if (notice.kind !== 'notice') throw new Error('no notice')
  const alone = { ...notice, notice: { ...notice.notice, onlyFor: scene.person.id } }
  const shown = await scene.port.post(scene.thread, alone, { nonce: 'alone' })
  expect(await scene.port.remove(scene.thread, shown)).toBe('gone')
})

test('an upload whose message Slack does not tell Loom of goes, and its message is said to stay', async () => {
  await using scene = await openWeather()
  const ref = await scene.post(withFile)
  scene.slack.faults.removeScope(scene.install.botToken, 'files:read')
  expect(await scene.port.remove(scene.thread, ref)).toBe('kept')
  expect([scene.texts().length, scene.team.files().map(({ deleted }) => deleted)]).toEqual([1, [true]])
})

test('asked to wait it waits, and it does not have to be asked', async () => {
  await using scene = await openWeather()
  const refs: string[] = []
  for (let count = 0; count < 60; count += 1)
    refs.push(await scene.port.post(scene.thread, noticeMessage(`Word ${count}.`), { nonce: `n${count}` }))
  for (const ref of refs) expect(await scene.port.remove(scene.thread, ref)).toBe('removed')
  expect(scene.slack.callsTo('chat.delete').filter(({ outcome }) => outcome !== 'ok')).toEqual([])
  const ref = await scene.post(cardMessage())
  scene.slack.faults.next('chat.delete', { status: 429, retryAfterS: 30 })
  expect(await failureOf(scene.port.remove(scene.thread, ref))).toMatchObject({
    kind: 'rate_limited',
    retryAfterMs: 30_000,
  })
  const calls = scene.slack.callsTo('chat.delete').length
  await failureOf(scene.port.remove(scene.thread, ref))
  expect(scene.slack.callsTo('chat.delete')).toHaveLength(calls)
  scene.slack.pass(30_000)
  expect(await scene.port.remove(scene.thread, ref)).toBe('removed')
})

test('what Slack does not let Loom remove stays, and is said to', async () => {
  await using scene = await openWeather()
  const { install, port, room, root, slack, thread } = scene
  // Somebody else's message is never taken for one of ours.
  const theirs = refOf({ channel: room.id, nonce: 'n', ts: [root], files: [] })
  expect(await port.remove(thread, theirs)).toBe('kept')
  expect(room.message(root).text).toContain('Compare the exports.')
  const card = await scene.post(cardMessage())
  slack.faults.next('chat.delete', { error: 'compliance_exports_prevent_deletion' })
  expect(await port.remove(thread, card)).toBe('kept')
  slack.faults.removeScope(install.botToken, 'chat:write')
  expect(await port.remove(thread, card)).toBe('kept')
  install.scopes.push('chat:write')
  room.delete()
  expect(await port.remove(thread, card)).toBe('kept')
  slack.faults.revoke(install.botToken)
  expect(await port.remove(thread, card)).toBe('kept')
})
