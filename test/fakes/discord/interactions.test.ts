import {
  ActionRowBuilder,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ButtonBuilder,
  ButtonStyle,
  type ChatInputCommandInteraction,
  type Client,
  Events,
  type Interaction,
  MessageFlags,
  Routes,
  StringSelectMenuBuilder,
} from 'discord.js'
import { expect, test } from 'vitest'
import { refusal, useDiscord } from './support.ts'

const start = useDiscord()

const commands = [
  {
    name: 'loom',
    description: 'Work with Loom',
    integration_types: [0, 1],
    contexts: [0, 1, 2],
    options: [
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'brief',
        description: 'Start a brief',
        options: [
          {
            type: ApplicationCommandOptionType.String,
            name: 'text',
            description: 'What to do',
            required: true,
          },
          { type: ApplicationCommandOptionType.Attachment, name: 'file', description: 'A file' },
        ],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'status',
        description: 'Look at a job',
        options: [
          {
            type: ApplicationCommandOptionType.String,
            name: 'job',
            description: 'Which',
            autocomplete: true,
          },
        ],
      },
    ],
  },
  { name: 'Take this to Loom', type: ApplicationCommandType.Message },
]

type Begun = Awaited<ReturnType<typeof start>>

async function withCommands(
  begun: Begun,
  on: (interaction: Interaction) => Promise<unknown>,
): Promise<Client> {
  await begun.rest.put(Routes.applicationCommands(begun.discord.applicationId), { body: commands })
  const client = await begun.login()
  client.on(
    Events.InteractionCreate,
    (interaction) => void on(interaction).catch((error) => console.error(error)),
  )
  return client
}

const only = (interaction: Interaction): ChatInputCommandInteraction => {
  if (!interaction.isChatInputCommand()) throw new Error('another kind')
  return interaction
}

test('a slash command with a file is put off, then answered in place', async () => {
  const begun = await start()
  const { ana, channel, discord } = begun
  await withCommands(begun, async (interaction) => {
    const command = only(interaction)
    await command.deferReply()
    const file = command.options.getAttachment('file', true)
    const bytes = await (await fetch(file.url)).text()
    const words = `${command.options.getSubcommand()}: ${command.options.getString('text')} (${file.name}: ${bytes})`
    await command.editReply({ content: words, files: [{ attachment: Buffer.from('12'), name: 'sum.txt' }] })
    await command.followUp({ content: 'psst', flags: MessageFlags.Ephemeral })
  })
  const use = ana.runs(channel.id, '/loom brief', {
    text: 'Compare',
    file: { name: 'a.csv', content: '1,2' },
  })
  expect(await use.answered()).toBe('thinking')
  expect((await use.finished()).text).toBe('brief: Compare (a.csv: 1,2)')
  expect(use.original()?.files).toMatchObject([{ name: 'sum.txt', bytes: Buffer.from('12') }])
  const whisper = await discord.until(() => use.followUps()[0])
  expect(whisper).toMatchObject({ text: 'psst', onlyFor: 'Ana', type: 'Reply', pings: [] })
  expect(ana.reads(channel.id).map(({ text }) => text)).toEqual(['brief: Compare (a.csv: 1,2)', 'psst'])
  expect(begun.ben.reads(channel.id)).toHaveLength(1)
})

test('buttons, menus and forms carry what was pressed, and only what is there can be', async () => {
  const begun = await start()
  const { ana, ben, channel, rest } = begun
  await withCommands(begun, async (interaction) => {
    if (interaction.isButton()) {
      return interaction.showModal({
        custom_id: 'cap',
        title: 'Adjust cap',
        components: [
          { type: 18, label: 'Dollars', component: { type: 4, custom_id: 'amount', style: 1, value: '5' } },
        ],
      })
    }
    if (interaction.isModalSubmit() && interaction.isFromMessage()) {
      return interaction.update({ content: `cap ${interaction.fields.getTextInputValue('amount')}` })
    }
    if (interaction.isStringSelectMenu()) return interaction.update({ content: interaction.values.join('+') })
    return undefined
  })
  const buttons = new ActionRowBuilder<ButtonBuilder>().addComponents(
    new ButtonBuilder({ customId: 'adjust', label: 'Adjust cap', style: ButtonStyle.Secondary }),
    new ButtonBuilder({ customId: 'stop', label: 'Stop', style: ButtonStyle.Danger, disabled: true }),
  )
  const menu = new ActionRowBuilder<StringSelectMenuBuilder>().addComponents(
    new StringSelectMenuBuilder({
      customId: 'pick',
      maxValues: 2,
      options: ['x', 'y', 'z'].map((value) => ({ label: value.toUpperCase(), value })),
    }),
  )
  const body = { content: 'card', components: [buttons.toJSON(), menu.toJSON()] }
  const { id } = (await rest.post(Routes.channelMessages(channel.id), { body })) as { id: string }
  const spot = { id, channelId: channel.id }
  expect(() => ana.presses(spot, 'Stop')).toThrow('disabled')
  expect(() => ana.presses(spot, 'Nothing')).toThrow('no Nothing')
  expect(() => ana.chooses(spot, 'pick', ['w'])).toThrow('offers no w')
  expect(await ana.presses(spot, 'Adjust cap').answered()).toBe('form')
  expect(ana.form()).toMatchObject({ title: 'Adjust cap', text: 'Dollars' })
  expect(ben.form()).toBeUndefined()
  expect(await ana.submits({ amount: '7' }).answered()).toBe('change')
  expect(ben.sees(spot)).toMatchObject({ text: 'cap 7', edits: 1 })
  await ben.chooses(spot, 'pick', ['Z', 'x']).answered()
  expect(ana.sees(spot).text).toBe('z+x')
})

test('completions and message menus', async () => {
  const begun = await start()
  const { ana, ben, channel } = begun
  await withCommands(begun, async (interaction) => {
    if (interaction.isAutocomplete()) {
      const words = interaction.options.getFocused()
      return interaction.respond([{ name: `about ${words}`, value: '1' }])
    }
    if (interaction.isMessageContextMenuCommand()) {
      return interaction.reply({
        content: `took: ${interaction.targetMessage.content}`,
        files: [{ attachment: Buffer.from('x'), name: 'taken.txt' }],
        flags: MessageFlags.Ephemeral,
        withResponse: true,
      })
    }
    return undefined
  })
  expect(await ana.completes(channel.id, 'loom status', 'job', { job: 'chu' })).toEqual([
    { name: 'about chu', value: '1' },
  ])
  const said = ana.says(channel.id, 'the numbers are odd')
  expect(await ben.usesMenu(said, 'Take this to Loom').finished()).toMatchObject({
    text: 'took: the numbers are odd',
    files: [{ name: 'taken.txt' }],
    onlyFor: 'Ben',
  })
})

test('an interaction is acknowledged once and within three seconds, and its token dies after fifteen minutes', async () => {
  const begun = await start()
  const { ana, channel, discord, rest } = begun
  await rest.put(Routes.applicationCommands(discord.applicationId), { body: commands })
  const use = ana.runs(channel.id, 'loom brief', { text: 'x' })
  const { id, token } = use.interaction
  const callback = (body: object, query = '') =>
    rest.post(`${Routes.interactionCallback(id, token)}${query}` as `/${string}`, { body, auth: false })
  const original = Routes.webhookMessage(discord.applicationId, token)
  expect(await refusal(rest.get(original, { auth: false }))).toMatchObject({ status: 404, code: 10015 })
  expect(await refusal(callback({ type: 7, data: { content: 'x' } }))).toMatchObject({
    code: 50035,
    fields: ['type BASE_TYPE_CHOICES'],
  })
  expect(await refusal(callback({ type: 4, data: { content: 'x'.repeat(2001) } }))).toMatchObject({
    fields: ['data.content BASE_TYPE_MAX_LENGTH'],
  })
  expect(await callback({ type: 5, data: { flags: 64 } }, '?with_response=true')).toMatchObject({
    interaction: { id, response_message_loading: true, response_message_ephemeral: true },
    resource: { type: 5, message: { flags: 192 } },
  })
  expect(await refusal(callback({ type: 5 }))).toMatchObject({ status: 400, code: 40060 })
  discord.pass(14 * 60_000)
  await rest.patch(original, { body: { content: 'done' }, auth: false })
  expect(use.original()).toMatchObject({ text: 'done', onlyFor: 'Ana', isThinking: false, edits: 0 })
  discord.pass(61_000)
  expect(await refusal(rest.patch(original, { body: { content: 'late' }, auth: false }))).toMatchObject({
    status: 401,
    code: 50027,
  })
  const late = ana.runs(channel.id, 'loom brief', { text: 'x' })
  const missed = late.answered()
  discord.pass(3001)
  await expect(missed).rejects.toThrow('The application did not respond')
  const { id: lateId, token: lateToken } = late.interaction
  const lateCallback = Routes.interactionCallback(lateId, lateToken)
  expect(await refusal(rest.post(lateCallback, { body: { type: 5 }, auth: false }))).toMatchObject({
    code: 10062,
  })
  expect(
    await refusal(rest.post(Routes.interactionCallback(lateId, 'no'), { body: { type: 5 } })),
  ).toMatchObject({
    code: 10062,
  })
})

test('a person brings the app along into a server where the bot is not', async () => {
  const begun = await start()
  const { ana, discord, rest } = begun
  await withCommands(begun, (interaction) => only(interaction).reply('from afar'))
  const elsewhere = discord.addGuild({ name: 'Elsewhere', owner: ana, bot: false })
  const room = elsewhere.addChannel({ name: 'general' })
  expect(ana.commands(room.id)).toEqual([])
  ana.installsApp()
  expect(ana.commands(room.id)).toEqual(['loom'])
  const use = ana.runs(room.id, 'loom brief', { text: 'x' })
  const { interaction } = use
  expect((await use.finished()).text).toBe('from afar')
  expect(ana.reads(room.id)).toMatchObject([{ text: 'from afar', who: 'loom' }])
  expect(interaction.payload).toMatchObject({
    authorizing_integration_owners: { '1': ana.id },
    context: 0,
    guild_id: elsewhere.id,
    locale: 'en-US',
    attachment_size_limit: 10 * 1024 * 1024,
    channel: { id: room.id, type: 0, parent_id: null },
  })
  expect(await refusal(rest.get(Routes.channel(room.id)))).toMatchObject({ status: 403, code: 50001 })
  const other = ana.runs(ana.dm(), 'loom brief', { text: 'x' })
  expect(other.interaction.payload).toMatchObject({
    authorizing_integration_owners: { '0': '0', '1': ana.id },
    context: 1,
    user: { id: ana.id },
  })
})
