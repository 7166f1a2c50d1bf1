import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { startRoles } from '../../src/roles/start.ts'
import { startDiscord } from '../fakes/discord/server.ts'
import { freePort } from '../story/processes.ts'
import { openTestBed, silentLog, type TestBed } from '../support/store.ts'

let bed: TestBed
let home: string
beforeAll(async () => {
  const [server] = inject('servers')
  if (!server) throw new Error('no test server')
  bed = await openTestBed(server)
  home = await mkdtemp(path.join(tmpdir(), 'loom-discord-home-'))
})
afterAll(async () => {
  await bed.close()
  await rm(home, { recursive: true, force: true })
})

const content = 'region,amount\nnorth,10\nsouth,32\n'
const question = 'Which region has the highest amount?'

test.each(['gateway', 'http'] as const)(
  'by %s, a server of one’s own: a question with a file becomes an answer in its thread',
  async (way) => {
    await using fake = await startDiscord()
    const ana = fake.people.add('Ana')
    const guild = fake.addGuild({ name: 'Acme', owner: ana })
    const channel = guild.addChannel({ name: 'launch' })
    const port = await freePort()
    const { close } = await startRoles({
      config: parseConfig({
        ...{ DATABASE_URL: bed.url, LOOM_HOME: home, PORT: String(port) },
        ...{ DISCORD_TOKEN: fake.token, DISCORD_APPLICATION_ID: fake.applicationId },
        DISCORD_API_URL: fake.apiUrl,
        ...(way === 'http' ? { DISCORD_PUBLIC_KEY: fake.publicKey } : {}),
      }),
      log: silentLog,
      roles: ['bot', 'worker', 'scheduler'],
      say: () => undefined,
    })
    try {
      const file = { name: 'sales.csv', content }
      if (way === 'http') {
        await fake.interactions.to(`http://127.0.0.1:${port}/discord/interactions`)
        const used = ana.runs(channel.id, 'loom brief', { text: question, file1: file })
        expect(await used.answered()).toBe('thinking')
      } else {
        ana.says(channel.id, { text: `${fake.bot.mention} ${question}`, files: [file] })
      }
      const thread = await fake.until(() => guild.threads()[0], 30_000)
      const answer = await fake.until(
        () => ana.reads(thread.id).find(({ text }) => /south/i.test(text)),
        45_000,
      )
      expect(answer.text).toMatch(/south/i)
    } finally {
      await close()
    }
  },
)
