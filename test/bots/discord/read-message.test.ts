import { expect, test } from 'vitest'
import { readMessage } from '../../../src/bots/discord/read/message.ts'
import { messageShape } from '../../../src/bots/discord/read/shape.ts'
import { momentOf, snowflakeAt } from '../../../src/bots/discord/snowflake.ts'

const loom = '900000000000000001'
const ana = { id: '900000000000000002', username: 'ana', global_name: 'Ana' }
const ben = { id: '900000000000000003', username: 'ben', global_name: null }
const role = '900000000000000004'
const id = '1577075425195065344'

const read = (message: object) =>
  readMessage(messageShape.parse({ id, channel_id: '900000000000000005', author: ana, ...message }), {
    botUserId: loom,
    appId: loom,
    botRoleId: role,
    channelNameOf: (channel) => (channel === '900000000000000005' ? 'launch' : undefined),
  })

test('markup becomes words, and the address at the beginning goes', () => {
  const content = `<@${loom}> ask <@!${ben.id}> in <#900000000000000005> at <t:1700000000:R> <:party:900000000000000009> </loom brief:900000000000000010>`
  expect(read({ content, mentions: [ben, { id: loom, username: 'loom' }] })).toMatchObject({
    message: { text: 'ask @ben in #launch at 2023-11-14 22:13 UTC :party: /loom brief' },
    mentionsLoom: true,
    beginsWithOther: false,
  })
})

test('the bot’s role, an answer to Loom and its name inside a sentence call it; others’ names do not', () => {
  expect(read({ content: `<@&${role}> hi`, mention_roles: [role] }).mentionsLoom).toBe(true)
  const own = { id, channel_id: '900000000000000005', author: { id: loom, username: 'loom', bot: true } }
  expect(read({ type: 19, content: 'more', referenced_message: own }).mentionsLoom).toBe(true)
  expect(read({ content: `thanks <@${loom}> for this` }).message.text).toBe('thanks @Loom for this')
  expect(read({ content: `<@${ben.id}> look`, mentions: [ben] })).toMatchObject({
    mentionsLoom: false,
    beginsWithOther: true,
  })
})

test('alerts, polls, stickers and what is forwarded read as words; previews of links do not', () => {
  const embed = { title: 'CPU', description: 'at 99 %', fields: [{ name: 'host', value: 'a1' }] }
  const bot = { id: '900000000000000006', username: 'Pager', bot: true }
  const alert = read({ author: bot, embeds: [embed, { type: 'link', title: 'a preview' }] })
  expect(alert.message).toMatchObject({
    author: { kind: 'bot', name: 'Pager' },
    text: 'CPU\nat 99 %\nhost: a1',
  })
  expect(
    read({ content: 'see https://x.example', embeds: [{ type: 'rich', title: 'preview' }] }).message.text,
  ).toBe('see https://x.example')
  const poll = { question: { text: 'Lunch?' }, answers: [{ poll_media: { text: 'yes' } }] }
  expect(read({ poll, sticker_items: [{ name: 'wave' }] }).message.text).toBe(
    'Poll: Lunch?\n- yes\n[sticker: wave]',
  )
  const file = {
    id: '900000000000000007',
    filename: 'a.csv',
    url: 'https://cdn.discordapp.com/a.csv',
    size: 3,
  }
  const forwarded = read({
    message_snapshots: [{ message: { content: 'the numbers', attachments: [file] } }],
  })
  expect(forwarded.message).toMatchObject({
    text: 'Forwarded:\nthe numbers',
    files: [{ name: 'a.csv', source: `discord:900000000000000005/${id}/${file.id}` }],
  })
})

test('a webhook is a program, and Loom’s answer to a command is Loom’s', () => {
  expect(read({ content: 'x', webhook_id: '900000000000000008' }).message.author.kind).toBe('bot')
  expect(read({ content: 'x', webhook_id: loom, application_id: loom }).message.author.kind).toBe('loom')
})

test('an id says when it was made', () => {
  expect(momentOf(snowflakeAt(1_790_000_000_123))).toBe(1_790_000_000_123)
})
