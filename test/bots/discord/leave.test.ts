import { afterEach, expect, test } from 'vitest'
import { leaveMissing } from '../../../src/bots/discord/leave.ts'
import { createPlaces } from '../../../src/bots/discord/places.ts'
import { createDiscordRest } from '../../../src/bots/discord/rest.ts'
import { type DiscordBed, openDiscordBed } from './support/discord-bed.ts'

let bed: DiscordBed | undefined
afterEach(async () => {
  await bed?.close()
  bed = undefined
})

test('a server that installs Loom while a session begins is not left, though the session does not name it', async () => {
  bed = await openDiscordBed()
  const { fake, store } = bed
  const { log } = store
  const rest = createDiscordRest({ ...{ token: fake.token, apiUrl: fake.apiUrl, log }, now: store.now })
  const self = () => ({ appId: fake.applicationId, botUserId: fake.bot.id })
  const places = createPlaces({ store, installUrl: undefined, self })
  const named = await bed.guild('Named')
  const fresh = await bed.guild('Fresh')
  const gone = await bed.guild('Gone')
  const session = { guildIds: new Set([named.guild.id]), shard: { id: 0, of: 1 } }

  await leaveMissing({ store, log, rest, places }, session)
  for (const { guild } of [named, fresh, gone])
    expect(await bed.installationOf(guild.id)).toMatchObject({ revoked: false })

  await bed.discord.close()
  gone.guild.removesApp()
  await leaveMissing({ store, log, rest, places }, session)
  expect(await bed.installationOf(gone.guild.id)).toMatchObject({ revoked: true })
  expect(await bed.installationOf(fresh.guild.id)).toMatchObject({ revoked: false })
})
