import type { Person } from '../fakes/discord/people/person.ts'
import type { Shown } from '../fakes/discord/read/shown.ts'
import { type DiscordOptions, startDiscord } from '../fakes/discord/server.ts'
import { openPlace, type PlaceInput } from './place.ts'
import type { Actor, OpenStage, Seen, StageThread } from './stage.ts'

/** All of Loom's roles in this process, beside a Discord in which it is not installed yet. */
export async function openDiscordPlace(
  input: PlaceInput & { discord?: DiscordOptions; env?: Record<string, string> },
) {
  await using stack = new AsyncDisposableStack()
  const discord = await startDiscord({ heartbeatMs: 60_000, ...input.discord })
  stack.defer(() => discord.close())
  const { bed, publicUrl, ...place } = await openPlace(input, {
    DISCORD_TOKEN: discord.token,
    DISCORD_APPLICATION_ID: discord.applicationId,
    DISCORD_CLIENT_SECRET: discord.clientSecret,
    DISCORD_API_URL: discord.apiUrl,
    ...input.env,
  })
  stack.use(place)
  const at = (path: string) => `${publicUrl}/discord/${path}`
  const owned = stack.move()
  return { discord, bed, publicUrl, at, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

export type DiscordPlace = Awaited<ReturnType<typeof openDiscordPlace>>

/** Who manages a server follows an install link in a browser, allows Loom there, and sees the page that comes back. */
export async function installInServer(
  place: Pick<DiscordPlace, 'discord' | 'at'>,
  name = 'Acme',
  link = place.at('install'),
) {
  const { discord } = place
  const [ana, ben] = [discord.people.add('Ana'), discord.people.add('Ben')]
  const guild = discord.addGuild({ name, owner: ana, bot: false, members: [ben] })
  const begun = await fetch(link, { redirect: 'manual' })
  const back = ana.approves(begun.headers.get('location') ?? '', { guild })
  const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? ''
  const done = await fetch(back, { headers: { cookie } })
  return { guild, ana, ben, page: await done.text() }
}

const noSuchChannel = 10_003

/** Discord: a brief is a command with its files, and has a thread of its own. */
export const openDiscordStage: OpenStage = async ({ limits, ...input }) => {
  const place = await openDiscordPlace({ ...input, ...(limits ? { discord: { limits } } : {}) })
  const { discord } = place
  const { ana, ben, guild, page } = await installInServer(place)
  const channel = guild.addChannel({ name: 'churn' })
  const threads = new Map<StageThread, string>()
  const lines = new Set<string>()
  const ofLoom = (messages: readonly Shown[]) =>
    messages.filter(({ authorId }) => authorId === discord.bot.id)
  const idOf = (thread: StageThread) => {
    const id = threads.get(thread)
    if (id === undefined) throw new Error('no thread of this stage')
    return id
  }

  const actor = (person: Person, name: string): Actor => {
    const alone: string[] = []
    const hear = async (use: ReturnType<Person['presses']>) => {
      await use.answered()
      await discord.until(() => use.sees().some((each) => !each.isThinking), 15_000).catch(() => undefined)
      for (const each of use.sees()) if (each.onlyFor) alone.push(each.text)
    }
    return {
      name,
      async asks(text, files = []) {
        const given = Object.fromEntries(files.map((file, index) => [`file${index + 1}`, file]))
        const line = await person.runs(channel.id, 'loom brief', { text, ...given }).finished()
        if (line.onlyFor) throw new Error(`it was not taken: ${line.text}`)
        lines.add(line.id)
        const thread: StageThread = {
          reads: () =>
            (guild.threads().some(({ id }) => id === line.id) ? ofLoom(person.reads(line.id)) : []).map(
              seenOf,
            ),
        }
        threads.set(thread, line.id)
        return thread
      },
      async replies(thread, text, files = []) {
        person.says(idOf(thread), { text, files: [...files] })
      },
      async goesOn(thread, text, files = []) {
        person.says(idOf(thread), { text, files: [...files] })
      },
      presses: (thread, message, label) =>
        hear(person.presses({ id: message.id, channelId: idOf(thread) }, label)),
      commands: (verb) => hear(person.runs(channel.id, `loom ${verb}`, {})),
      toldAlone: () => alone,
    }
  }

  return {
    publicUrl: place.publicUrl,
    bed: place.bed,
    page,
    ana: actor(ana, 'Ana'),
    ben: actor(ben, 'Ben'),
    elsewhere: () =>
      ofLoom(ana.reads(channel.id))
        .filter(({ id }) => !lines.has(id))
        .map(seenOf),
    settled: () => Promise.resolve(),
    // A thread is made once it turns out that there is none.
    mishaps: () =>
      discord.calls.filter(
        ({ code, fault, status }) => fault !== undefined || (status >= 400 && code !== noSuchChannel),
      ),
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  }
}

function seenOf(shown: Shown): Seen {
  const { edited, files, id, links, pings, previews, text } = shown
  const buttons = shown.buttons.filter(({ disabled, url }) => url === undefined && !disabled)
  return {
    ...{ id, text, pings, previews, edited },
    buttons: buttons.map(({ label }) => label),
    files: files.filter(({ visible }) => visible),
    links: links.map(({ url }) => url),
  }
}
