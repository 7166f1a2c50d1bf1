import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { MessageFlags, Routes } from 'discord.js'
import { afterEach } from 'vitest'
import { createAnswering } from '../../../../src/bots/discord/answering.ts'
import { loomCommands } from '../../../../src/bots/discord/hear/commands.ts'
import type { HearDeps } from '../../../../src/bots/discord/hear/deps.ts'
import { hearInteraction } from '../../../../src/bots/discord/hear/index.ts'
import { createTurns } from '../../../../src/bots/discord/hear/turns.ts'
import { createDiscordHttp } from '../../../../src/bots/discord/http.ts'
import { createPlaces } from '../../../../src/bots/discord/places.ts'
import { openDirect } from '../../../../src/bots/discord/port/direct.ts'
import { renderCard } from '../../../../src/bots/discord/render/card.ts'
import { createDiscordRest } from '../../../../src/bots/discord/rest.ts'
import { informOnce } from '../../../../src/bots/take/inform.ts'
import { createLookUp } from '../../../../src/bots/take/look-up.ts'
import type { Log } from '../../../../src/core/ports.ts'
import { type ThreadId, threadId } from '../../../../src/core/thread-id.ts'
import type { Lane } from '../../../../src/core/words.ts'
import { ensurePerson } from '../../../../src/storage/identities/ensure.ts'
import { saveInstallation } from '../../../../src/storage/installations/save.ts'
import { viewJob } from '../../../../src/storage/jobs/view.ts'
import { type DiscordOptions, startDiscord } from '../../../fakes/discord/server.ts'
import type { Tenant } from '../../../storage/support/bed.ts'
import { silentLog, type TestBed } from '../../../support/store.ts'
import { openRunning } from '../../desk/scene.ts'

/** Discord with Loom behind its door for interactions: the real answers and listeners, on a real Postgres. */
export function useDiscordDesk(bed: () => TestBed) {
  const open: { close(): Promise<unknown> }[] = []
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close()
  })

  return async (options: DiscordOptions & { readsMessages?: boolean } = {}) => {
    const { readsMessages = true, ...fake } = options
    const discord = await startDiscord(fake)
    open.push(discord)
    const store = bed().store()
    const { apiUrl, applicationId, bot, token } = discord
    const warned: unknown[] = []
    const log: Log = { ...silentLog, warn: (fields) => void warned.push(fields), child: () => log }
    const rest = createDiscordRest({ token, apiUrl, log: silentLog, now: discord.now })
    const self = () => ({ botUserId: bot.id, appId: applicationId })
    const places = createPlaces({ store, installUrl: undefined, self })
    const rung: Lane[] = []
    const words = { platform: 'Discord', whole: 'server' }
    const deps: HearDeps = {
      ...{ store, log, words, platform: 'discord' },
      ring: (lane) => void rung.push(lane),
      readsMessages: () => readsMessages,
      lookUp: createLookUp(store),
      inform: (context, input) => informOnce({ store, words }, context, input),
      turns: createTurns(),
      placeOf: places.placeOf,
      openDirect: async (userId) => {
        const opened = await openDirect(rest, userId)
        if ('fault' in opened) throw opened.fault.error
        return { channelId: opened.channel }
      },
      forget: ({ guildId }) => places.forget({ externalId: guildId ?? '' }),
    }
    const heard = new Set<Promise<unknown>>()
    const door = createDiscordHttp({
      publicKey: discord.publicKey,
      now: discord.now,
      hear: (interaction) => {
        const answering = createAnswering({ rest }, interaction)
        const work = hearInteraction(deps, { interaction, answering })
        const done: Promise<void> = work.finally(() => heard.delete(done))
        heard.add(done)
      },
    })
    const server = createServer(getRequestListener(door.handle)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    open.push({
      close: async () => {
        await Promise.all(heard)
        server.closeAllConnections()
        server.close()
      },
    })
    await rest.call({
      method: 'PUT',
      route: Routes.applicationCommands(applicationId),
      body: loomCommands(),
    })
    await discord.interactions.to(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    /** Everything that was sent is heard and answered. */
    const settled = async () => {
      await discord.interactions.settled()
      while (heard.size > 0) await Promise.all(heard)
    }
    const [ana, ben, cleo] = ['Ana', 'Ben', 'Cleo'].map((name) => discord.people.add(name))
    if (!ana || !ben || !cleo) throw new Error('nobody came')
    const join = (name: string) => joinServer({ discord, bed: bed(), rest }, { name, ana, ben, cleo })
    return { discord, store, rung, warned, settled, ana, ben, cleo, rest, join, first: await join('Acme') }
  }
}

type Discord = Awaited<ReturnType<typeof startDiscord>>
type Person = ReturnType<Discord['people']['add']>

interface Parts {
  discord: Discord
  bed: TestBed
  rest: ReturnType<typeof createDiscordRest>
}

/** A server with Loom in it, of which Cleo is an admin. */
async function joinServer(
  { bed, discord, rest }: Parts,
  { ana, ben, cleo, name }: Record<'ana' | 'ben' | 'cleo', Person> & { name: string },
) {
  const store = bed.store()
  const owner = discord.people.add(`Owner of ${name}`)
  const guild = discord.addGuild({ name, owner, members: [ana, ben] })
  const admins = guild.addRole({ name: 'admins', permissions: ['ManageGuild'] })
  guild.join(cleo, { roles: [admins] })
  const channel = guild.addChannel({ name: 'launch' })
  const account = await saveInstallation(store, {
    ...{ platform: 'discord', kind: 'guild', externalId: guild.id, scopes: [] },
    tokens: { botToken: '', botUserId: discord.bot.id, appId: discord.applicationId },
    installer: { externalId: owner.id, name: owner.name },
  })

  /** The tenant as one person of the server. */
  const as = async (who: { id: string }): Promise<Tenant> => {
    const system = { tenantId: account.tenantId, actor: { kind: 'system' } } as const
    const { identityId } = await ensurePerson(store, system, { platform: 'discord', externalId: who.id })
    const actor = { kind: 'person', identityId } as const
    return { ...account, identityId, store, context: { tenantId: account.tenantId, actor } }
  }

  /** What Loom posts, as a message of a thread. */
  const posts = async (channelId: string, body: object) => {
    const posted = await rest.call({ method: 'POST', route: Routes.channelMessages(channelId), body })
    return { id: (posted as { id: string }).id, channelId }
  }

  return {
    guild,
    admins,
    channel,
    account,
    as,
    posts,
    postsComponents: (channelId: string, components: unknown) =>
      posts(channelId, { components, flags: MessageFlags.IsComponentsV2 }),
    /** A job that Ana asked for, at work in a thread of the channel, with its card as Loom posts it. */
    openJob: async (title = 'Compare the plans') => {
      const said = ana.says(channel.id, title)
      const place = ana.opensThread(channel.id, title, said)
      const asker = await as(ana)
      const thread: ThreadId = threadId('discord', channel.id, place)
      const job = await openRunning(bed, asker, { thread, text: title })
      const state = async () => {
        const view = await viewJob(store, asker.context, job)
        if (!view) throw new Error('the job is gone')
        return view.card
      }
      const { components } = renderCard(await state())
      const card = await posts(place, { components, flags: MessageFlags.IsComponentsV2 })
      return { ...job, place, card, state }
    },
  }
}
