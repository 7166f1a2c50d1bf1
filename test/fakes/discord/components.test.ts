import { MessageFlags, Routes } from 'discord.js'
import { expect, test } from 'vitest'
import { refusal, useDiscord } from './support.ts'

const start = useDiscord()
const flags = MessageFlags.IsComponentsV2
const text = (content: string) => ({ type: 10, content })
const button = (custom_id: string, more: object = {}) => ({
  type: 2,
  style: 2,
  label: custom_id,
  custom_id,
  ...more,
})
const row = (...components: object[]) => ({ type: 1, components })
const file = (name: string, data = 'x') => ({ name, data: Buffer.from(data) })

test('a card of components reads as it stands, with its buttons, menus and files', async () => {
  const { ana, channel, rest } = await start()
  const components = [
    {
      type: 17,
      accent_color: 0x336699,
      components: [
        text('## Comparing **three** exports'),
        { type: 14, divider: true, spacing: 1 },
        { type: 9, components: [text('January `a*b`')], accessory: button('details') },
        { type: 13, file: { url: 'attachment://report.md' } },
        row(button('stop', { style: 4 }), { type: 2, style: 5, label: 'Open', url: 'https://example.com' }),
        row({ type: 3, custom_id: 'pick', placeholder: 'Which', options: [{ label: 'A', value: 'a' }] }),
      ],
    },
  ]
  const files = [file('report.md', '# r'), file('hidden.txt')]
  const sent = (await rest.post(Routes.channelMessages(channel.id), {
    body: { flags, components },
    files,
  })) as {
    id: string
    attachments: { filename: string }[]
    components: { components: { id: number; file?: { url: string; attachment_id: string } }[] }[]
  }
  const shown = ana.sees({ id: sent.id, channelId: channel.id })
  expect(shown).toMatchObject({
    text: 'Comparing three exports\nJanuary a*b',
    isSecondComponents: true,
    buttons: [
      { label: 'details', customId: 'details', style: 'Secondary', disabled: false },
      { label: 'stop', style: 'Danger' },
      { label: 'Open', url: 'https://example.com', customId: undefined },
    ],
    selects: [{ customId: 'pick', placeholder: 'Which', kind: 'words', options: [{ value: 'a' }] }],
    files: [
      { name: 'report.md', visible: true },
      { name: 'hidden.txt', visible: false },
    ],
  })
  expect(sent.attachments.map(({ filename }) => filename)).toEqual(['hidden.txt'])
  const inner = sent.components[0]?.components[3]
  expect(inner?.file?.url).toContain(`/attachments/${channel.id}/${inner?.file?.attachment_id}/report.md?ex=`)
  expect(await (await fetch(inner?.file?.url ?? '')).text()).toBe('# r')
  const ids = JSON.stringify(sent.components).match(/"id":\d+/g) ?? []
  expect(new Set(ids).size).toBe(ids.length)
})

test('what does not fit Components V2 is refused at its place', async () => {
  const { channel, rest } = await start()
  const post = (body: object, files: ReturnType<typeof file>[] = []) =>
    refusal(rest.post(Routes.channelMessages(channel.id), { body, files }))
  const fields = async (body: object) => (await post(body)).fields
  const v2 = (...components: object[]) => fields({ flags, components })
  expect(await fields({ flags, components: [text('x')], content: 'y', embeds: [{ title: 'z' }] })).toEqual([
    'content MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
    'embeds MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
  ])
  expect(await fields({ components: [text('x')] })).toEqual(['components.0.type UNION_TYPE_CHOICES'])
  expect(await v2({ type: 17, components: [{ type: 17, components: [text('x')] }] })).toEqual([
    'components.0.components.0.type UNION_TYPE_CHOICES',
  ])
  expect(await v2(button('x'))).toEqual(['components.0.type UNION_TYPE_CHOICES'])
  expect(await v2({ type: 9, components: [text('x')] })).toEqual([
    'components.0.accessory BASE_TYPE_REQUIRED',
  ])
  expect(await v2(text('x'.repeat(4001)))).toEqual(['components.0.content BASE_TYPE_MAX_LENGTH'])
  expect(await v2(text('x'.repeat(2001)), { type: 17, components: [text('x'.repeat(2000))] })).toEqual([
    'components COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED',
  ])
  const many = { type: 17, components: Array.from({ length: 40 }, () => text('x')) }
  expect(await v2(many)).toEqual(['components COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED'])
  expect(await v2({ type: 13, file: { url: 'attachment://none.md' } })).toEqual([
    'components.0.file.url UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND',
  ])
  expect(await v2({ type: 14, spacing: 3 })).toHaveLength(1)
  expect(await v2({ ...text('x'), conten: 'y' })).toEqual(['components.0.conten UNKNOWN_FIELD'])
  expect(await post({ flags })).toMatchObject({ code: 50006 })
})

test('buttons, menus and their ids have limits', async () => {
  const { channel, rest } = await start()
  const fields = async (...components: object[]) =>
    (await refusal(rest.post(Routes.channelMessages(channel.id), { body: { content: 'x', components } })))
      .fields
  const many = (count: number) => Array.from({ length: count }, (_, index) => button(`b${index}`))
  expect(await fields(row(...many(6)))).toEqual(['components.0.components BASE_TYPE_MAX_LENGTH'])
  expect(await fields(...many(6).map((each) => row(each)))).toEqual(['components BASE_TYPE_MAX_LENGTH'])
  expect(await fields(row(button('a'), button('a')))).toEqual([
    'components.0.components.1.custom_id COMPONENT_CUSTOM_ID_DUPLICATED',
  ])
  expect(await fields(row(button('x'.repeat(101), { label: 'x'.repeat(81) })))).toEqual([
    'components.0.components.0.label BASE_TYPE_MAX_LENGTH',
    'components.0.components.0.custom_id BASE_TYPE_MAX_LENGTH',
  ])
  expect(await fields(row({ type: 2, style: 5, label: 'x', url: 'javascript:0' }))).toEqual([
    'components.0.components.0.url URL_TYPE_INVALID_URL',
  ])
  const options = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ label: 'x', value: `${index}` }))
  const select = (count: number) => ({ type: 3, custom_id: 's', options: options(count) })
  expect(await fields(row(select(26)))).toEqual(['components.0.components.0.options BASE_TYPE_MAX_LENGTH'])
  expect(await fields(row(select(2), button('b')))).toEqual([
    'components.0.components.1 COMPONENT_LAYOUT_WIDTH_EXCEEDED',
  ])
})

test('content, embeds, mentions and nonces have limits', async () => {
  const { ana, channel, rest } = await start()
  const post = (body: object) => refusal(rest.post(Routes.channelMessages(channel.id), { body }))
  expect((await post({ content: 'x'.repeat(2001) })).fields).toEqual(['content BASE_TYPE_MAX_LENGTH'])
  expect((await post({ embeds: Array(11).fill({ title: 'x' }) })).fields).toEqual([
    'embeds BASE_TYPE_MAX_LENGTH',
  ])
  expect((await post({ embeds: [{ description: 'x'.repeat(4097) }] })).fields).toEqual([
    'embeds.0.description BASE_TYPE_MAX_LENGTH',
  ])
  const big = { description: 'x'.repeat(3001) }
  expect((await post({ embeds: [big, big] })).fields).toEqual(['embeds MAX_EMBED_SIZE_EXCEEDED'])
  expect((await post({ content: 'x', nonce: 'n'.repeat(26) })).fields).toHaveLength(1)
  const both = { parse: ['users'], users: [ana.id] }
  expect((await post({ content: 'x', allowed_mentions: both })).fields).toEqual([
    'allowed_mentions MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
  ])
  expect((await post({ content: 'x', attachments: [{ id: 0 }] })).fields).toEqual([
    'attachments.0.id ATTACHMENT_NOT_FOUND',
  ])
  expect((await post({ content: 'x', alowed_mentions: {} })).fields).toEqual([
    'alowed_mentions UNKNOWN_FIELD',
  ])
  expect(await post({ content: ' ' })).toMatchObject({ status: 400, code: 50006 })
})
