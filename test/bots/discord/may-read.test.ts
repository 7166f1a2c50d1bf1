import { expect, test } from 'vitest'
import { mayReadThread } from '../../../src/bots/discord/may-read.ts'
import { createDiscordRest } from '../../../src/bots/discord/rest.ts'
import { threadId } from '../../../src/core/thread-id.ts'
import { startDiscord } from '../../fakes/discord/server.ts'
import { silentLog } from '../../support/store.ts'

test('a private thread is read by those in it and by who manages threads; one that is gone, by nobody', async () => {
  await using discord = await startDiscord()
  const people = ['Owner', 'Ana', 'Ben', 'Mod', 'Eve'].map((name) => discord.people.add(name))
  const [owner, ana, ben, mod, eve] = people
  if (!owner || !ana || !ben || !mod || !eve) throw new Error('nobody came')
  const guild = discord.addGuild({ name: 'Acme', owner, members: [ana, ben] })
  guild.join(mod, { roles: [guild.addRole({ name: 'mods', permissions: ['ManageThreads'] })] })
  guild.setBotPermissions([
    ...(['ViewChannel', 'ReadMessageHistory', 'SendMessages', 'SendMessagesInThreads'] as const),
    'CreatePrivateThreads',
  ])
  const channel = guild.addChannel({ name: 'board' })
  const rest = createDiscordRest({ ...discord, log: silentLog, now: discord.now })
  const made = await rest.call({
    method: 'POST',
    route: `/channels/${channel.id}/threads`,
    body: { name: 'salaries', type: 12 },
  })
  const { id } = made as { id: string }
  await rest.call({ method: 'PUT', route: `/channels/${id}/thread-members/${ana.id}` })
  const readers = async (thread: string) => {
    const may = await Promise.all(
      people.map(({ id: userId }) =>
        mayReadThread(rest, { thread: threadId('discord', channel.id, thread), userId }),
      ),
    )
    return people.filter((_, index) => may[index]).map(({ name }) => name)
  }
  expect(await readers(id)).toEqual(['Owner', 'Ana', 'Mod'])
  // The channel itself is open to everybody in the server.
  expect(await readers(channel.id)).toEqual(['Owner', 'Ana', 'Ben', 'Mod'])
  guild.removeChannel(id)
  expect(await readers(id)).toEqual([])
})

test('direct messages are read by the one they are with', async () => {
  await using discord = await startDiscord()
  const [ana, ben] = [discord.people.add('Ana'), discord.people.add('Ben')]
  const dm = ana.dm()
  const rest = createDiscordRest({ ...discord, log: silentLog, now: discord.now })
  const may = (userId: string) => mayReadThread(rest, { thread: threadId('discord', dm, dm), userId })
  expect([await may(ana.id), await may(ben.id)]).toEqual([true, false])
})
