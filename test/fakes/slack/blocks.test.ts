import { expect, test } from 'vitest'
import { refusal, useSlack } from './support.ts'

const start = useSlack()

const words = (text: string) => ({ type: 'plain_text', text })
const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } })
const button = (more: object = {}) => ({ type: 'button', text: words('Go'), action_id: 'go', ...more })
const actions = (...elements: object[]) => ({ type: 'actions', elements })
const table = (rows: number, columns: number, text = 'a') => ({
  type: 'table',
  rows: Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => ({ type: 'raw_text', text })),
  ),
})
const many = (count: number) => Array.from({ length: count }, () => ({ type: 'divider' }))

const wrong: [string, object[], string, string][] = [
  [
    'a section of 3,001 characters',
    [section('x'.repeat(3001))],
    'invalid_blocks',
    'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'an empty section',
    [section('')],
    'invalid_blocks',
    'must be more than 0 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'a header of 151 characters',
    [{ type: 'header', text: words('x'.repeat(151)) }],
    'invalid_blocks',
    'less than 151',
  ],
  [
    'a header in markup',
    [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }],
    'invalid_blocks',
    '/blocks/0/text',
  ],
  ['51 blocks', many(51), 'invalid_blocks', 'no more than 50 items allowed [json-pointer:/blocks]'],
  [
    '26 buttons in a row',
    [actions(...Array.from({ length: 26 }, (_, index) => button({ action_id: `go${index}` })))],
    'invalid_blocks',
    'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
  ],
  [
    'a button of 76 characters',
    [actions(button({ text: words('x'.repeat(76)) }))],
    'invalid_blocks',
    'less than 76',
  ],
  [
    'a value of 2,001 characters',
    [actions(button({ value: 'x'.repeat(2001) }))],
    'invalid_blocks',
    'less than 2001',
  ],
  [
    'an action id of 256 characters',
    [actions(button({ action_id: 'x'.repeat(256) }))],
    'invalid_blocks',
    'less than 256',
  ],
  [
    'an action id twice in a block',
    [actions(button(), button())],
    'invalid_blocks',
    '`action_id` "go" already exists',
  ],
  [
    'a block id twice',
    [
      { type: 'divider', block_id: 'a' },
      { type: 'divider', block_id: 'a' },
    ],
    'invalid_blocks',
    'block_id "a" already exists',
  ],
  ['an unknown block', [{ type: 'sparkle' }], 'invalid_blocks', '/blocks/0/type'],
  ['an unknown field', [{ type: 'divider', color: 'red' }], 'invalid_blocks', 'color'],
  ['a section as wide as a card', [{ ...section('x'), style: 'wide' }], 'invalid_blocks', 'style'],
  ['two tables', [table(1, 1), table(1, 1)], 'invalid_blocks', 'only_one_table_allowed'],
  ['101 rows', [table(101, 1)], 'invalid_blocks', 'no more than 100 items'],
  ['21 columns', [table(1, 21)], 'invalid_blocks', 'no more than 20 items'],
  [
    'an empty cell',
    [table(1, 1, '')],
    'invalid_blocks',
    'must be more than 0 characters [json-pointer:/blocks/0/rows/0/0/text]',
  ],
  ['a table of 10,001 characters', [table(100, 1, 'x'.repeat(101))], 'invalid_blocks', 'less than 10001'],
  [
    'Markdown of 12,001 characters',
    [{ type: 'markdown', text: 'x'.repeat(12_001) }],
    'invalid_blocks',
    'less than 12001',
  ],
  [
    'Markdown of 12,001 in two',
    [
      { type: 'markdown', text: 'x'.repeat(6001) },
      { type: 'markdown', text: 'x'.repeat(6000) },
    ],
    'invalid_blocks',
    'less than 12001',
  ],
  [
    'rich text with a heading',
    [{ type: 'rich_text', elements: [{ type: 'rich_text_heading', elements: [] }] }],
    'invalid_blocks',
    '/blocks/0/elements/0/type',
  ],
  [
    'a list of texts',
    [
      {
        type: 'rich_text',
        elements: [{ type: 'rich_text_list', style: 'bullet', elements: [{ type: 'text', text: 'a' }] }],
      },
    ],
    'invalid_blocks',
    '/blocks/0/elements/0/elements/0',
  ],
  [
    'an empty run of text',
    [
      {
        type: 'rich_text',
        elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: '' }] }],
      },
    ],
    'invalid_blocks',
    '/blocks/0/elements/0/elements/0/text',
  ],
  [
    'code with a mention',
    [
      {
        type: 'rich_text',
        elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'user', user_id: 'U0000' }] }],
      },
    ],
    'invalid_blocks',
    '/blocks/0/elements/0',
  ],
  ['blocks that are no list', { type: 'divider' } as never, 'invalid_blocks_format', ''],
]

test.each(wrong)('%s is refused', async (_, blocks, error, reason) => {
  const { channel, client } = await start()
  const refused = await refusal(
    client.apiCall('chat.postMessage', { channel: channel.id, text: 'x', blocks }),
  )
  expect(refused.error).toBe(error)
  expect(JSON.stringify(refused.response_metadata ?? '').replaceAll('\\', '')).toContain(reason)
  expect(channel.messages()).toEqual([])
})

test('about 13,000 characters in all are too long, whatever each block may hold', async () => {
  const { channel, client } = await start()
  const post = (count: number) =>
    client.apiCall('chat.postMessage', {
      channel: channel.id,
      text: 'x',
      blocks: Array.from({ length: count }, () => section('x'.repeat(2900))),
    })
  expect((await post(4)).ok).toBe(true)
  expect(await refusal(post(5))).toMatchObject({ error: 'msg_blocks_too_long' })
})

test('what the client can make of them is read as it looks', async () => {
  const { ana, channel, client } = await start()
  const styled = (text: string, style: object) => ({ type: 'text', text, style })
  await client.apiCall('chat.postMessage', {
    channel: channel.id,
    text: 'Fallback',
    unfurl_links: false,
    blocks: [
      { type: 'header', text: words('Prices') },
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              styled('Solo', { bold: true }),
              { type: 'text', text: ' is ' },
              { type: 'link', url: 'https://a.test', text: 'cheapest' },
            ],
          },
          {
            type: 'rich_text_list',
            style: 'ordered',
            elements: ['one', 'two'].map((text) => ({
              type: 'rich_text_section',
              elements: [{ type: 'text', text }],
            })),
          },
          {
            type: 'rich_text_quote',
            elements: [
              { type: 'user', user_id: ana.id },
              { type: 'text', text: ' asked' },
            ],
          },
        ],
      },
      table(2, 2),
      { type: 'context', elements: [{ type: 'mrkdwn', text: 'Cost &lt; $1 <!channel>' }] },
      actions(button({ value: '{"j":"1"}', style: 'primary' })),
      {
        type: 'context_actions',
        elements: [
          {
            type: 'feedback_buttons',
            action_id: 'rate',
            positive_button: { text: words('Good'), value: 'good' },
            negative_button: { text: words('Bad'), value: 'bad' },
          },
        ],
      },
    ],
  })
  const [seen] = channel.messages()
  expect(seen?.text).toBe(
    'Prices\nSolo is cheapest\n1. one\n2. two\n> @Ana asked\na | a\na | a\nCost < $1 @channel',
  )
  expect(seen?.buttons.map(({ actionId, label, value }) => `${label} ${actionId} ${value}`)).toEqual([
    'Go go {"j":"1"}',
    'Good rate good',
    'Bad rate bad',
  ])
  expect(seen).toMatchObject({ pings: ['@Ana', '@channel'], previews: [], fallback: 'Fallback' })
})
