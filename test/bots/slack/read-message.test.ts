import { describe, expect, test } from 'vitest'
import { readMessage } from '../../../src/bots/slack/read/message.ts'
import { permalinkOf } from '../../../src/bots/slack/read/permalinks.ts'

const names: Record<string, string> = { U1: 'Ana', U2: 'Ben', S1: 'support' }
const read = (message: object) =>
  readMessage(message as Record<string, unknown>, { botUserId: 'ULOOM', nameOf: (id) => names[id] })
const richText = (...elements: object[]) => [{ type: 'rich_text', elements }]
const section = (...elements: object[]) => ({ type: 'rich_text_section', elements })
const text = (words: string) => ({ type: 'text', text: words })

describe('the words of a message', () => {
  test('are its text with mentions as names, links with their address and entities decoded', () => {
    const message = {
      text: '<@ULOOM> ask <@U1|old> &amp; <@U9> in <#C1|launch>: <https://a.test/x?a=1&amp;b=2|the report> <https://b.test> <mailto:a@b.test|a@b.test> &lt;now&gt; <!here> <!subteam^S1|@support> <!date^1^{date}|Monday>',
    }
    expect(read(message)).toMatchObject({
      text: 'ask @old & @U9 in #launch: the report (https://a.test/x?a=1&b=2) https://b.test a@b.test <now> @here @support Monday',
      mentionsLoom: true,
      nameless: ['U9'],
    })
  })

  test('are its rich text: lists, code, quotes, people, emoji', () => {
    const blocks = richText(
      section(
        { type: 'user', user_id: 'ULOOM' },
        text(' compare with '),
        { type: 'user', user_id: 'U2' },
        text('\n'),
      ),
      { type: 'rich_text_list', style: 'ordered', elements: [section(text('one')), section(text('two'))] },
      { type: 'rich_text_list', style: 'bullet', indent: 1, elements: [section(text('deep'))] },
      { type: 'rich_text_preformatted', elements: [text('a < b\n<@U1>')] },
      { type: 'rich_text_quote', elements: [text('said')] },
      section(
        { type: 'emoji', name: 'tada', unicode: '1f389' },
        { type: 'emoji', name: 'own' },
        {
          type: 'link',
          url: 'https://a.test',
          text: 'here',
        },
      ),
    )
    expect(read({ text: '<@ULOOM> compare …', blocks }).text).toBe(
      [
        'compare with @Ben',
        '1. one',
        '2. two',
        '  - deep',
        '```',
        'a < b',
        '<@U1>',
        '```',
        '> said',
        '🎉:own:here (https://a.test)',
      ].join('\n'),
    )
  })

  test('leave out Loom’s name where it is the address, and keep it inside', () => {
    expect(read({ text: '<@ULOOM>, <@ULOOM>: go' }).text).toBe('go')
    expect(read({ text: 'please go <@ULOOM>' }).text).toBe('please go')
    expect(read({ text: 'what <@ULOOM> said was right' }).text).toBe('what @Loom said was right')
    expect(read({ text: '<@ULOOM>' })).toMatchObject({ text: '', mentionsLoom: true })
  })

  test('of an alert that holds blocks or attachments alone are not empty', () => {
    const blocks = [
      { type: 'header', text: { type: 'plain_text', text: 'CPU high' } },
      {
        type: 'section',
        text: { type: 'mrkdwn', text: 'host <https://h.test|h1> &gt; 90' },
        fields: [{ type: 'mrkdwn', text: 'load: 9' }],
        accessory: { type: 'button', text: { type: 'plain_text', text: 'Runbook' }, url: 'https://r.test' },
      },
      {
        type: 'context',
        elements: [
          { type: 'image', alt_text: 'x' },
          { type: 'plain_text', text: 'since 9:00' },
        ],
      },
      { type: 'divider' },
      { type: 'actions', elements: [{ type: 'button', text: { type: 'plain_text', text: 'Ack' } }] },
      { type: 'unheard_of', text: { type: 'mrkdwn', text: 'still read' } },
    ]
    const lines =
      'CPU high\nhost h1 (https://h.test) > 90\nload: 9\nRunbook (https://r.test)\nsince 9:00\nstill read'
    expect(read({ text: '', blocks }).text).toBe(lines)
    expect(read({ text: '', attachments: [{ blocks, fallback: 'no preview' }] }).text).toBe(lines)
    const old = {
      pretext: 'Deploy',
      title: 'v2',
      title_link: 'https://d.test',
      text: 'failed for <@U1>',
      fields: [{ title: 'Env', value: 'prod' }],
    }
    expect(read({ text: '', attachments: [old] }).text).toBe(
      'Deploy\nv2 (https://d.test)\nfailed for @Ana\nEnv: prod',
    )
    expect(read({ text: '', attachments: [{ fallback: 'only &lt;this&gt;' }] }).text).toBe('only <this>')
    const card = { type: 'card', title: { type: 'mrkdwn', text: 'A' }, body: { type: 'mrkdwn', text: 'B' } }
    expect(read({ blocks: [{ type: 'carousel', elements: [card, card] }] }).text).toBe('A\nB\nA\nB')
  })

  test('hold a message that was shared into it, and not Slack’s previews of links', () => {
    const shared = { is_msg_unfurl: true, from_url: 'https://x', author_name: 'Ben', text: 'it broke' }
    const preview = { from_url: 'https://news.test', title: 'News', text: 'long story' }
    expect(read({ text: 'see', attachments: [preview, shared] }).text).toBe('see\nBen wrote:\nit broke')
  })

  test('do not depend on what a payload of nonsense holds', () => {
    for (const nonsense of [
      {},
      { text: 5 },
      { blocks: 'x' },
      { blocks: [null, [], { type: 'rich_text', elements: 3 }] },
      { attachments: [null] },
      { files: [7] },
    ]) {
      expect(typeof read(nonsense).text).toBe('string')
    }
    let deep: object = { type: 'section', text: { type: 'plain_text', text: 'x' } }
    for (let at = 0; at < 50; at += 1) deep = { type: 'container', child_blocks: [deep] }
    expect(read({ blocks: [deep] }).text).toBe('')
  })
})

describe('the tables of a message', () => {
  test('are CSV files beside the words: a table block, or lines pasted from a spreadsheet', () => {
    const cell = (words: string) => ({ type: 'raw_text', text: words })
    const rows = [
      [cell('name'), { type: 'rich_text', elements: [section(text('seats, used'))] }],
      [cell('"A"'), { type: 'raw_number', value: 7 }],
    ]
    expect(read({ text: 't', blocks: [{ type: 'table', rows }] })).toMatchObject({
      text: 'name | seats, used\n"A" | 7',
      files: [{ name: 'table-1.csv', source: 'inline:name,"seats, used"\n"""A""",7\n' }],
    })
    const pasted = read({ text: '<@ULOOM> sum this\nplan\tseats\nSolo\t3\nTeam\t40\nthanks\na\tb' })
    expect(pasted.text).toContain('plan\tseats')
    expect(pasted.files).toEqual([{ name: 'table-1.csv', source: 'inline:plan,seats\nSolo,3\nTeam,40\n' }])
    expect(read({ text: 'a\tb\nc\td' }).files).toEqual([])
  })
})

describe('the files of a message', () => {
  test('are fetched by their id; what cannot be is named', () => {
    const files = [
      { id: 'F01', name: 'a.csv', mode: 'hosted' },
      { id: 'F02', name: 'plan', mode: 'external', is_external: true, external_url: 'https://drive.test/p' },
      { id: 'F03', mode: 'tombstone' },
      { id: 'F04', mode: 'hidden_by_limit' },
      { id: '../F05', name: 'x' },
    ]
    const { files: sources, text: words } = read({
      text: 'these',
      files,
      attachments: [{ files: [{ id: 'F06', name: 'b.csv' }], text: 'x' }],
    })
    expect(sources).toEqual([
      { name: 'a.csv', source: 'slack:F01' },
      { name: 'b.csv', source: 'slack:F06' },
    ])
    expect(words.split('\n')).toEqual([
      'these',
      'x',
      '(plan lies outside Slack and was not fetched: https://drive.test/p)',
      '(A file stood here and was deleted.)',
      '(A file stood here; Slack hides it because of the limits of the workspace’s plan.)',
    ])
  })
})

test('whom a message speaks to first', () => {
  expect(read({ text: '<@U1> look' }).beginsWithOther).toBe(true)
  expect(read({ text: '<@ULOOM> look' }).beginsWithOther).toBe(false)
  expect(read({ text: 'look <@U1>' }).beginsWithOther).toBe(false)
})

test('a permalink names channel, message and thread; other addresses do not', () => {
  expect(
    permalinkOf(
      'https://acme.slack.com/archives/C0AB/p1700000000000100?thread_ts=1699999999.000200&cid=C0AB',
    ),
  ).toMatchObject({
    channel: 'C0AB',
    ts: '1700000000.000100',
    threadTs: '1699999999.000200',
  })
  for (const other of [
    'https://acme.slack.com.evil.test/archives/C0AB/p1700000000000100',
    'https://acme.slack.com/archives/C0AB',
    'x',
  ]) {
    expect(permalinkOf(other)).toBeUndefined()
  }
})
