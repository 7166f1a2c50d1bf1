import {
  Client,
  type ClientOptions,
  DiscordAPIError,
  Events,
  GatewayIntentBits,
  REST,
  type RESTOptions,
} from 'discord.js'
import { afterEach } from 'vitest'
import { type DiscordOptions, type FakeDiscord, startDiscord } from './server.ts'

/** A server with the app's bot in it, two people, a channel, and the real REST client with the bot's token. */
export function useDiscord() {
  const open: { close(): Promise<void> }[] = []
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close()
  })
  return async (options: DiscordOptions = {}) => {
    const discord = await startDiscord(options)
    open.push(discord)
    const ana = discord.people.add('Ana')
    const ben = discord.people.add('Ben')
    const guild = discord.addGuild({ name: 'Acme', owner: ana, members: [ben] })
    const channel = guild.addChannel({ name: 'launch' })
    /** The real client, logged in; it is closed with the test. */
    const login = async (more: Partial<ClientOptions> = {}) => {
      const client = clientFor(discord, more)
      open.push({ close: async () => client.destroy() })
      const ready = new Promise((resolve) => client.once(Events.ClientReady, resolve))
      await client.login(discord.token)
      await ready
      return client
    }
    return { discord, ana, ben, guild, channel, rest: restFor(discord), login }
  }
}

export function restFor(discord: FakeDiscord, options: Partial<RESTOptions> = {}): REST {
  return new REST({ api: discord.apiUrl, retries: 0, ...options }).setToken(discord.token)
}

export function clientFor(discord: FakeDiscord, options: Partial<ClientOptions> = {}): Client {
  return new Client({
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.DirectMessages,
      GatewayIntentBits.MessageContent,
    ],
    rest: { api: discord.apiUrl, retries: 0 },
    // The client waits five seconds between two logins; Discord's own rule is not what is tested.
    ws: { buildIdentifyThrottler: async () => ({ waitForIdentify: async () => {} }) },
    ...options,
  })
}

/** Discord's refusal of a call that must fail: status, code, and the faulty fields by their path. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ status: number; code: number | string; fields: string[] }> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof DiscordAPIError)) throw error
    const { errors } = error.rawError as { errors?: object }
    return { status: error.status, code: error.code, fields: errors ? fieldsOf(errors, '') : [] }
  }
  throw new Error('it was taken')
}

function fieldsOf(errors: object, at: string): string[] {
  return Object.entries(errors).flatMap(([name, value]) =>
    name === '_errors'
      ? (value as { code: string }[]).map(({ code }) => `${at} ${code}`.trim())
      : fieldsOf(value as object, at === '' ? name : `${at}.${name}`),
  )
}
