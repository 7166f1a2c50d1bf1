import { expect, test } from 'vitest'
import { refusal, useSlack } from './support.ts'

const start = useSlack()

test('a file goes up in three steps, is shown in its thread and comes back only with the token', async () => {
  const { ana, channel, client, install, slack } = await start()
  const root = ana.says(channel.id, 'Send me the table')
  await client.files.uploadV2({
    channel_id: channel.id,
    thread_ts: root.ts,
    filename: 'table.csv',
    file: Buffer.from('a,b\n1,2\n'),
    initial_comment: 'Here it is',
  })
  const posted = channel.thread(root.ts)[1]
  expect(posted).toMatchObject({ who: 'Loom', text: 'Here it is' })
  expect(posted?.files[0]).toMatchObject({ name: 'table.csv', bytes: Buffer.from('a,b\n1,2\n') })
  const shared = slack.deliver.envelopes
    .map((made) => made.event)
    .find((event) => event.subtype === 'file_share')
  expect(shared).toMatchObject({ thread_ts: root.ts, files: [{ name: 'table.csv', mimetype: 'text/csv' }] })

  const { file } = await client.files.info({ file: posted?.files[0]?.id ?? '' })
  const address = file?.url_private ?? ''
  const good = await fetch(address, { headers: { authorization: `Bearer ${install.botToken}` } })
  expect(await good.text()).toBe('a,b\n1,2\n')
  const bad = await fetch(address)
  expect([bad.status, bad.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
})

test('an upload is as long as was said, and only what was uploaded can be shared', async () => {
  const { channel, client } = await start()
  const { file_id: id = '', upload_url: url = '' } = await client.files.getUploadURLExternal({
    filename: 'a.txt',
    length: 3,
  })
  const share = () => client.files.completeUploadExternal({ files: [{ id }], channel_id: channel.id })
  expect((await refusal(share())).error).toBe('file_not_found')
  expect((await fetch(url, { method: 'POST', body: 'abcd' })).status).toBe(400)
  expect((await fetch(url, { method: 'POST', body: 'abc' })).status).toBe(200)
  await share()
  expect(channel.messages()[0]?.files[0]?.bytes.toString()).toBe('abc')
  expect((await refusal(share())).error).toBe('file_not_found')
  expect((await refusal(client.files.getUploadURLExternal({ filename: 'empty.txt', length: 0 }))).error).toBe(
    'invalid_arguments',
  )
})

test('without files:write nothing goes up, and a file of a channel without the app is not there', async () => {
  const { ana, client, install, slack, team } = await start()
  const quiet = team.addChannel({ name: 'quiet', isPrivate: true, members: [ana] })
  ana.says(quiet.id, { text: 'Mine', files: [{ name: 'a.csv', content: 'a' }] })
  const [file] = quiet.messages()[0]?.files ?? []
  expect((await refusal(client.files.info({ file: file?.id ?? '' }))).error).toBe('file_not_found')
  slack.faults.removeScope(install.botToken, 'files:write')
  expect(await refusal(client.files.getUploadURLExternal({ filename: 'a', length: 1 }))).toMatchObject({
    error: 'missing_scope',
    needed: 'files:write',
  })
})

test('a markdown block beside a file is more than Slack can take', async () => {
  const { channel, client } = await start()
  const { file_id: id = '', upload_url: url = '' } = await client.files.getUploadURLExternal({
    filename: 'a.txt',
    length: 1,
  })
  await fetch(url, { method: 'POST', body: 'a' })
  const share = client.files.completeUploadExternal({
    files: [{ id }],
    channel_id: channel.id,
    blocks: [{ type: 'markdown', text: 'Hi' }],
  })
  expect((await refusal(share)).error).toBe('internal_error')
})
