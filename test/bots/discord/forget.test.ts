import { afterAll, beforeAll, expect, it } from 'vitest'
import { createDiscordProcessor } from '../../../src/bots/discord/forget.ts'
import { type DiscordBed, openDiscordBed } from './support/discord-bed.ts'

let bed: DiscordBed
beforeAll(async () => {
  bed = await openDiscordBed()
})
afterAll(() => bed.close())

const processorOf = (guildId?: string) =>
  createDiscordProcessor({ store: bed.store, log: bed.store.log, settings: { ...settingsOf(), guildId } })

function settingsOf() {
  const { apiUrl, applicationId, token } = bed.fake
  return { apiUrl, applicationId, token }
}

const isIn = (id: string) => bed.fake.world.guilds.get(id)?.members.has(bed.fake.bot.id)

it('leaves the servers of an account, and no other’s; asked again, there is nothing more to say', async () => {
  const [at, other] = [await bed.guild(), await bed.guild('Other')]
  expect(await processorOf().forgetTenant(at.account)).toBe('told')
  expect([isIn(at.guild.id), isIn(other.guild.id)]).toEqual([false, true])
  expect(['told', 'nothing']).toContain(await processorOf().forgetTenant(at.account))
})

it('takes its commands from a server that has its own, and is content with one that is gone', async () => {
  const at = await bed.guild()
  const route = `/applications/:application/guilds/:guild/commands`
  expect(await processorOf(at.guild.id).forgetTenant(at.account)).toBe('told')
  expect(bed.fake.callsTo(`PUT ${route}`)).toMatchObject([{ status: 200 }])
  const gone = await bed.guild()
  bed.fake.world.guilds.delete(gone.guild.id)
  expect(await processorOf().forgetTenant(gone.account)).toBe('told')
})

it('says nothing where only a person has Loom, and is tried again while Discord does not answer', async () => {
  const ada = bed.fake.people.add('Ada')
  expect(await processorOf().forgetTenant(await bed.forOneself(ada))).toBe('nothing')
  const at = await bed.guild()
  bed.fake.faults.next('DELETE /users/@me/guilds/:guild', { status: 503 })
  await expect(processorOf().forgetTenant(at.account)).rejects.toMatchObject({ retryable: true })
  expect(isIn(at.guild.id)).toBe(true)
  expect(await processorOf().forgetTenant(at.account)).toBe('told')
})
