import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { threadId } from '../../../src/core/thread-id.ts'
import { answerFile, answerMessage, idOf } from '../../contracts/messages.ts'
import { type DiscordBed, openDiscordBed } from './support/discord-bed.ts'

let bed: DiscordBed
beforeAll(async () => {
  bed = await openDiscordBed()
})
afterAll(() => bed.close())

const mebibyte = 1024 * 1024

/** A server, and what stands in the thread of an answer with files of these sizes. */
async function openAnswering() {
  const { account, ana, channel, guild } = await bed.guild()
  return {
    guild,
    /** Anything that is typed or pressed tells Loom what the server takes. */
    typed: () => ana.runs(channel.id, 'loom status').finished(),
    async answered(files: Record<string, number>) {
      const { id } = ana.says(channel.id, 'Compare.')
      const port = await bed.discord.ports.portFor(account)
      const given = Object.entries(files).map(([path, bytes]) =>
        answerFile(path, {
          artifactId: idOf(path),
          bytes,
          url: `https://loom.example/${path}`,
          read: async () => Readable.from([Buffer.alloc(bytes, 1)]),
        }),
      )
      await port.post(threadId('discord', channel.id, id), answerMessage({ files: given }), { nonce: id })
      const shown = ana.reads(id)
      return {
        text: shown.map(({ text }) => text).join('\n'),
        files: shown.flatMap((each) => each.files.map(({ name }) => name)),
        links: shown.flatMap(({ links }) => links.map(({ label }) => label)),
      }
    },
  }
}

test('files are uploaded up to the size that the server states, and above it they are links that say why', async () => {
  const { answered, guild, typed } = await openAnswering()
  guild.allowFiles(2_000)
  await typed()
  const small = await answered({ 'final/a.csv': 1_900, 'final/b.csv': 2_100 })
  expect(small.files).toEqual(['a.csv'])
  expect(small.text).toContain('not uploaded: Discord takes at most 2 KB here')
  expect(small.links).toEqual(expect.arrayContaining(['final/a.csv', 'final/b.csv']))
})

test('a server that takes more than most gets more; before it said so, and elsewhere, it is what every server takes', async () => {
  const { answered, guild, typed } = await openAnswering()
  guild.allowFiles(14 * mebibyte)
  expect((await answered({ 'final/film.mp4': 11 * mebibyte })).files).toEqual([])
  await typed()
  expect((await answered({ 'final/film.mp4': 11 * mebibyte })).files).toEqual(['film.mp4'])
  const other = await openAnswering()
  expect((await other.answered({ 'final/film.mp4': 11 * mebibyte })).files).toEqual([])
})

test('where less is taken than was stated, the smaller files are uploaded, and nothing more is promised', async () => {
  const { answered, guild, typed } = await openAnswering()
  guild.allowFiles(14 * mebibyte)
  await typed()
  // What an interaction states may be what its person may send, and not the bot.
  guild.allowFiles(10 * mebibyte)
  const files = { 'final/film.mp4': 11 * mebibyte, 'final/a.csv': 100 }
  const first = await answered(files)
  expect(first.files).toEqual(['a.csv'])
  expect(first.text).toContain('Some files are not uploaded, because Discord takes none so large here.')
  const second = await answered(files)
  expect(second.files).toEqual(['a.csv'])
  expect(second.text).toContain('not uploaded: Discord takes at most 10 MB here')
  expect(second.text).not.toContain('Some files')
})
