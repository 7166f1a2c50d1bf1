import { Events, Routes, type TextChannel } from 'discord.js'
import { expect, test } from 'vitest'
import { useDiscord } from './support.ts'

const start = useDiscord()

test('the real client logs in, hears what a person says, and answers in a thread with a file', async () => {
  const { ana, channel, discord, login } = await start()
  const client = await login()
  expect(client.user?.id).toBe(discord.bot.id)
  const heard = new Promise<string>((resolve) =>
    client.once(Events.MessageCreate, (message) =>
      resolve(`${message.author.globalName}: ${message.content}`),
    ),
  )
  const said = ana.says(channel.id, `${discord.bot.mention} hello`)
  expect(await heard).toBe(`Ana: ${discord.bot.mention} hello`)
  expect(said.pings).toEqual(['loom'])
  const place = (await client.channels.fetch(channel.id)) as TextChannel
  const message = await place.messages.fetch(said.id)
  const thread = await message.startThread({ name: 'Brief' })
  expect(thread.id).toBe(said.id)
  await thread.send({
    content: '**Done** [link](https://example.com)',
    files: [{ attachment: Buffer.from('# r'), name: 'my report.md' }],
  })
  const [, answer] = ana.reads(thread.id)
  expect(answer).toMatchObject({ text: 'Done link', who: 'loom', pings: [], embedsSuppressed: false })
  expect(answer?.files[0]).toMatchObject({ name: 'my_report.md', title: 'my report', visible: true })
  const bytes = await fetch(answer?.files[0]?.url ?? '')
  expect(await bytes.text()).toBe('# r')
})

test('a page', async () => {
  const { ana, channel, rest } = await start()
  const ids = ['a', 'b', 'c', 'd'].map((text) => ana.says(channel.id, text).id)
  const page = async (query: Record<string, string>) =>
    (
      (await rest.get(Routes.channelMessages(channel.id), { query: new URLSearchParams(query) })) as {
        content: string
      }[]
    ).map((each) => each.content)
  expect(await page({ limit: '2' })).toEqual(['d', 'c'])
  expect(await page({ before: ids[2] ?? '' })).toEqual(['b', 'a'])
  expect(await page({ after: ids[0] ?? '', limit: '2' })).toEqual(['c', 'b'])
  expect(await page({ around: ids[1] ?? '', limit: '3' })).toEqual(['c', 'b', 'a'])
})
