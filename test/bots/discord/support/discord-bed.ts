import { randomBytes } from 'node:crypto'
import { expect, inject } from 'vitest'
import { tokensOf } from '../../../../src/bots/discord/adopt.ts'
import { createDiscord, type DiscordDeps, type DiscordSettings } from '../../../../src/bots/discord/index.ts'
import { createInstallLinks } from '../../../../src/bots/install/links.ts'
import { createLinks } from '../../../../src/core/links.ts'
import type { Log } from '../../../../src/core/ports.ts'
import { findInstallation } from '../../../../src/storage/installations/find.ts'
import { saveInstallation } from '../../../../src/storage/installations/save.ts'
import { createWebApp } from '../../../../src/web/app.ts'
import { listen } from '../../../../src/web/listen.ts'
import { type DiscordOptions, startDiscord } from '../../../fakes/discord/server.ts'
import { openTestBed } from '../../../support/store.ts'

interface BedOptions {
  discord?: DiscordOptions
  settings?: Partial<DiscordSettings>
  /** Interactions come by HTTP, and there is no Gateway. */
  http?: boolean
  adopts?: boolean
}

/** Loom's Discord side over the small Discord and a database of its own: listening, nothing working. */
export async function openDiscordBed(options: BedOptions = {}) {
  const [server] = inject('servers')
  if (!server) throw new Error('no test server')
  const [bed, fake] = await Promise.all([
    openTestBed(server),
    startDiscord({ heartbeatMs: 60_000, ...options.discord }),
  ])
  const logged: { fields: Record<string, unknown>; message: string }[] = []
  const log = recordingLog(logged)
  const store = { ...bed.store(), log }
  const rung: string[] = []
  const settings: DiscordSettings = {
    token: fake.token,
    applicationId: fake.applicationId,
    publicKey: options.http ? fake.publicKey : undefined,
    clientSecret: fake.clientSecret,
    guildId: undefined,
    shards: 'auto',
    apiUrl: fake.apiUrl,
    ...options.settings,
  }
  const publicUrl = 'http://loom.test'
  const installLinks = createInstallLinks({
    ...{ key: randomBytes(32), publicUrl, now: store.now },
    platforms: ['discord'],
  })
  const deps: DiscordDeps = {
    ...{ store, log, settings, publicUrl, adopts: options.adopts ?? false, atOnce: true },
    ring: (lane) => void rung.push(lane),
    installKey: randomBytes(32),
    installLinks,
  }
  const discord = createDiscord(deps)
  const links = createLinks({ key: randomBytes(32), baseUrl: publicUrl, now: Date.now, ttlMs: 900_000 })
  const { handlers } = discord
  const app = createWebApp({ store, objects: store.objects, links, log, handlers })
  const web = await listen(app, { port: 0 })
  const at = (path: string) => `http://127.0.0.1:${web.port}/discord/${path}`
  await discord.start()
  if (options.http) await fake.interactions.to(at('interactions'))

  const rows = (text: string) => bed.admin.unsafe<Record<string, string>[]>(text)
  const installationOf = (externalId: string, kind: 'guild' | 'user' = 'guild') =>
    findInstallation(store, { platform: 'discord', kind, externalId })

  /** Somebody who has Loom for themselves. */
  const forOneself = (person: { id: string; name: string }) =>
    saveInstallation(store, {
      ...{ platform: 'discord', kind: 'user', externalId: person.id, scopes: [] },
      tokens: tokensOf({ appId: fake.applicationId, botUserId: fake.bot.id }),
      installer: { externalId: person.id, name: person.name },
    })

  /** A server in which Loom is installed, with its owner, another person and a channel. */
  const guild = async (name = 'Acme') => {
    const ana = fake.people.add('Ana')
    const ben = fake.people.add('Ben')
    const guild = fake.addGuild({ name, owner: ana, members: [ben] })
    const channel = guild.addChannel({ name: 'launch' })
    const account = await saveInstallation(store, {
      ...{ platform: 'discord', kind: 'guild', externalId: guild.id, scopes: [] },
      tokens: tokensOf({ appId: fake.applicationId, botUserId: fake.bot.id }),
      installer: { externalId: ana.id, name: 'Ana' },
    })
    const { tenantId } = account
    /** What was kept of what people said, the prompts with a mark before them. */
    const messages = async (): Promise<string[]> => {
      const sealer = await store.vault.sealer(tenantId, 'content')
      const found = await bed.admin<{ id: string; body_sealed: Uint8Array; prompt: boolean }[]>`
        select m.id, m.body_sealed, exists (select 1 from loom.briefs b where b.prompt_message_id = m.id) as prompt
        from loom.messages m where m.tenant_id = ${tenantId} order by m.said_at, m.created_at`
      return found.map(
        (row) => `${row.prompt ? '! ' : ''}${sealer.openText(`messages.body:${row.id}`, row.body_sealed)}`,
      )
    }
    /** Words on their way to a thread. */
    const notices = async (): Promise<{ text: string; onlyFor?: string }[]> => {
      const sealer = await store.vault.sealer(tenantId, 'content')
      const found = await bed.admin<{ id: string; body_sealed: Uint8Array }[]>`
        select * from loom.deliveries where tenant_id = ${tenantId} and kind = 'notice' order by created_at`
      return found.map((row) => JSON.parse(sealer.openText(`deliveries.body:${row.id}`, row.body_sealed)))
    }
    const jobs = () =>
      rows(`select j.id, j.state, t.address from loom.jobs j join loom.briefs b on b.id = j.brief_id
        join loom.threads t on t.id = b.thread_id where j.tenant_id = '${tenantId}' order by j.created_at`)
    const end = () => bed.admin`
      with ended as (update loom.jobs set state = 'done', ended_at = now() where tenant_id = ${tenantId})
      update loom.job_threads set live = false where tenant_id = ${tenantId}`
    return { ana, ben, guild, channel, account, messages, notices, jobs, end }
  }

  return {
    ...{
      bed,
      fake,
      discord,
      store,
      at,
      rung,
      logged,
      rows,
      installationOf,
      guild,
      forOneself,
      deps,
      installLinks,
    },
    loom: fake.bot.mention,
    /** Waits for what Loom makes of what it was just told. */
    comes: <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 30_000, interval: 15 }),
    async close() {
      await web.close({ boundMs: 1_000 })
      await discord.close()
      await fake.close()
      await bed.close()
    },
  }
}

export type DiscordBed = Awaited<ReturnType<typeof openDiscordBed>>

function recordingLog(logged: { fields: Record<string, unknown>; message: string }[]): Log {
  const take = (fields: Record<string, unknown>, message: string) => void logged.push({ fields, message })
  const log: Log = { debug: take, info: take, warn: take, error: take, child: () => log }
  return log
}
