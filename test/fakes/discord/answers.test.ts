import { MessageFlags, type REST, Routes } from 'discord.js'
import { expect, test } from 'vitest'
import type { FakeDiscord } from './server.ts'
import { refusal, useDiscord } from './support.ts'

const start = useDiscord()

const command = { name: 'loom', description: 'x', integration_types: [0, 1], contexts: [0, 1, 2] }

/** The app's side of an interaction, by hand. */
function answering(discord: FakeDiscord, rest: REST, { id, token }: { id: string; token: string }) {
  const webhook = Routes.webhook(discord.applicationId, token)
  return {
    callback: (type: number, data?: object) =>
      rest.post(Routes.interactionCallback(id, token), {
        body: { type, ...(data ? { data } : {}) },
        auth: false,
      }),
    edit: (body: object) =>
      rest.patch(Routes.webhookMessage(discord.applicationId, token), { body, auth: false }),
    remove: () => rest.delete(Routes.webhookMessage(discord.applicationId, token), { auth: false }),
    followUp: (body: object) => rest.post(webhook, { body, auth: false }) as Promise<{ id: string }>,
  }
}

test('the first word after "is thinking" takes its place, whoever may see it', async () => {
  const { ana, ben, channel, discord, rest } = await start()
  await rest.put(Routes.applicationCommands(discord.applicationId), { body: [command] })
  const use = ana.runs(channel.id, 'loom')
  const app = answering(discord, rest, use.interaction)
  await app.callback(5, { flags: MessageFlags.Ephemeral })
  expect(use.original()).toMatchObject({ isThinking: true, onlyFor: 'Ana' })
  await app.followUp({ content: `first ${ben.mention}` })
  expect(await use.finished()).toMatchObject({ text: 'first @Ben', mentions: ['Ben'], pings: [] })
  await app.followUp({ content: 'second' })
  expect(use.sees().map(({ onlyFor, text }) => [text, onlyFor])).toEqual([
    ['first @Ben', 'Ana'],
    ['second', undefined],
  ])
  expect(ben.reads(channel.id).map(({ text }) => text)).toEqual(['second'])
  await app.remove()
  expect(await refusal(app.edit({ content: 'x' }))).toMatchObject({ status: 404, code: 10008 })
  expect(use.original()).toBeUndefined()
})

test('a press can be taken in silence and its message changed later, an ephemeral one too', async () => {
  const { ana, ben, channel, discord, rest } = await start()
  await rest.put(Routes.applicationCommands(discord.applicationId), { body: [command] })
  const first = ana.runs(channel.id, 'loom')
  const components = [{ type: 1, components: [{ type: 2, style: 1, custom_id: 'go', label: 'Go' }] }]
  await answering(discord, rest, first.interaction).callback(4, { content: 'ready', flags: 64, components })
  const card = await first.finished()
  expect(() => ben.presses(card, 'Go')).toThrow('no such message')
  const press = ana.presses(card, 'Go')
  expect(press.interaction.payload).toMatchObject({
    message: { id: card.id, flags: 64, interaction_metadata: { id: first.id } },
    data: { custom_id: 'go', component_type: 2 },
  })
  const app = answering(discord, rest, press.interaction)
  await app.callback(6)
  expect(await press.answered()).toBe('nothing yet')
  await app.edit({ content: 'gone', components: [] })
  expect(ana.sees(card)).toMatchObject({ text: 'gone', buttons: [] })
  expect(() => ana.presses(card, 'Go')).toThrow('no Go')
})

test('what a person brings along answers to that person alone where other apps may not speak', async () => {
  const { ana, discord, rest } = await start()
  await rest.put(Routes.applicationCommands(discord.applicationId), { body: [command] })
  const guild = discord.addGuild({ name: 'Elsewhere', owner: ana, bot: false })
  const cleo = discord.people.add('Cleo')
  guild.join(cleo)
  cleo.installsApp()
  const open = guild.addChannel({ name: 'open' })
  const strict = guild.addChannel({
    name: 'strict',
    overwrites: [{ id: guild.everyone, deny: ['UseExternalApps'] }],
  })
  for (const [place, onlyFor] of [
    [open, undefined],
    [strict, 'Cleo'],
  ] as const) {
    const use = cleo.runs(place.id, 'loom')
    const app = answering(discord, rest, use.interaction)
    await app.callback(4, { content: 'hi' })
    expect(use.original()).toMatchObject({ text: 'hi', onlyFor })
  }
  const use = cleo.runs(open.id, 'loom')
  const app = answering(discord, rest, use.interaction)
  await app.callback(4, { content: '0' })
  for (let count = 0; count < 5; count += 1) await app.followUp({ content: 'more' })
  expect(await refusal(app.followUp({ content: 'over' }))).toMatchObject({ status: 400, code: 40094 })
})

test('forms have limits, and take only what fits', async () => {
  const { ana, channel, discord, rest } = await start()
  await rest.put(Routes.applicationCommands(discord.applicationId), { body: [command] })
  const use = ana.runs(channel.id, 'loom')
  const app = answering(discord, rest, use.interaction)
  const label = (component: object, more: object = {}) => ({ type: 18, label: 'L', component, ...more })
  const input = (custom_id: string, more: object = {}) => ({ type: 4, custom_id, style: 1, ...more })
  const fields = async (data: object) => (await refusal(app.callback(9, data))).fields
  const form = (...components: object[]) => ({ custom_id: 'f', title: 'Form', components })
  expect(await fields({ ...form(label(input('a'))), title: 'x'.repeat(46) })).toEqual([
    'data.title BASE_TYPE_MAX_LENGTH',
  ])
  expect(await fields(form(...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => label(input(name)))))).toEqual([
    'data.components BASE_TYPE_MAX_LENGTH',
  ])
  expect(await fields(form(label(input('a')), label(input('a'))))).toEqual([
    'data.components.1.component.custom_id COMPONENT_CUSTOM_ID_DUPLICATED',
  ])
  expect(await fields(form({ type: 1, components: [input('a')] }))).toEqual([
    'data.components.0.components.0.label BASE_TYPE_REQUIRED',
  ])
  expect(await fields(form(label(input('a', { value: 'x'.repeat(4001) }))))).toEqual([
    'data.components.0.component.value BASE_TYPE_MAX_LENGTH',
  ])
  const options = [
    { label: 'A', value: 'a' },
    { label: 'B', value: 'b', default: true },
  ]
  await app.callback(
    9,
    form(
      { type: 10, content: 'Tell **us**' },
      label(input('why', { min_length: 3 })),
      label({ type: 3, custom_id: 'pick', options }),
      label({ type: 19, custom_id: 'files', max_values: 2, required: false }),
    ),
  )
  expect(ana.form()?.text).toBe('Tell us\nL\nL\nL')
  expect(() => ana.submits({ why: 'no' })).toThrow('too long or short')
  expect(() => ana.submits({})).toThrow('without why')
  const sent = ana.submits({ why: 'because', files: [{ name: 'a.txt', content: 'x' }] })
  expect(ana.form()).toBeUndefined()
  expect(sent.interaction.payload).toMatchObject({
    type: 5,
    data: {
      custom_id: 'f',
      components: [
        { type: 10 },
        { type: 18, component: { type: 4, custom_id: 'why', value: 'because' } },
        { type: 18, component: { type: 3, custom_id: 'pick', values: ['b'] } },
        { type: 18, component: { type: 19, custom_id: 'files', values: [expect.any(String)] } },
      ],
    },
  })
  expect(
    await refusal(answering(discord, rest, sent.interaction).callback(9, form(label(input('a'))))),
  ).toMatchObject({
    fields: ['type BASE_TYPE_CHOICES'],
  })
})

test('many uses at once are each answered, and each one sees its own', async () => {
  const nowMs = Date.parse('2026-11-30T12:00:00Z')
  const { ana, channel, discord, rest } = await start({ clock: { now: () => nowMs } })
  await rest.put(Routes.applicationCommands(discord.applicationId), { body: [command] })
  const uses = Array.from({ length: 100 }, () => ana.runs(channel.id, 'loom'))
  const finished = Promise.all(uses.map((use) => use.finished()))
  await Promise.all(
    uses.map(({ id, interaction }) => answering(discord, rest, interaction).callback(4, { content: id })),
  )
  expect((await finished).map(({ text }) => text)).toEqual(uses.map(({ id }) => id))
  expect(uses.map((use) => use.tookMs())).toEqual(uses.map(() => 0))
})
