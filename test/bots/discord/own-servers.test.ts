import { afterAll, beforeAll, expect, test } from 'vitest'
import { localOwner } from '../../../src/bots/own-account.ts'
import { openAccount } from '../../../src/storage/tenants/create.ts'
import { type DiscordBed, openDiscordBed } from './support/discord-bed.ts'

let bed: DiscordBed
beforeAll(async () => {
  bed = await openDiscordBed({ adopts: true })
})
afterAll(() => bed.close())

const addresses = () =>
  bed.rows(`select t.address, j.tenant_id from loom.jobs j join loom.briefs b on b.id = j.brief_id
    join loom.threads t on t.id = b.thread_id order by j.created_at`)

test('servers that invite the bot of a Loom of one’s own belong to the operator’s one account', async () => {
  const { fake } = bed
  const ana = fake.people.add('Ana')
  const one = fake.addGuild({ name: 'One', owner: ana })
  const two = fake.addGuild({ name: 'Two', owner: ana })
  await bed.comes(() => bed.installationOf(one.id)).toMatchObject({ revoked: false })
  await bed.comes(() => bed.installationOf(two.id)).toMatchObject({ revoked: false })
  const [first, second] = await Promise.all([bed.installationOf(one.id), bed.installationOf(two.id)])
  expect(second?.tenantId).toBe(first?.tenantId)
  // It is the account of this machine, and whoever owns the application is its owner in Discord too.
  const own = await openAccount(bed.store, localOwner)
  expect(first?.tenantId).toBe(own.tenantId)
  const people = await bed.rows(`
    select i.platform, m.role from loom.identities i join loom.members m on m.id = i.member_id
    where i.tenant_id = '${own.tenantId}' order by 1`)
  expect(people).toEqual([
    { platform: 'discord', role: 'owner' },
    { platform: 'local', role: 'owner' },
  ])
  const channel = two.addChannel({ name: 'launch' })
  const root = ana.says(channel.id, `${bed.loom} compare`)
  const address = `discord:${channel.id}:${root.id}`
  await bed.comes(addresses).toEqual([{ address, tenant_id: first?.tenantId }])

  two.removesApp()
  await bed.comes(() => bed.installationOf(two.id)).toMatchObject({ revoked: true })
  two.addsBot()
  await bed.comes(() => bed.installationOf(two.id)).toMatchObject({ revoked: false })
})

test('in direct messages it works for people of its servers, and for nobody else', async () => {
  const { fake } = bed
  const ben = fake.people.add('Ben')
  const three = fake.addGuild({ name: 'Three', owner: ben })
  await bed.comes(() => bed.installationOf(three.id)).toMatchObject({ revoked: false })
  const eve = fake.people.add('Eve')
  const strangers = fake.addGuild({ name: 'Elsewhere', owner: eve, bot: false })
  strangers.addChannel({ name: 'x' })
  eve.says(eve.dm(), 'work for me')
  await fake.until(() => eve.reads(eve.dm()).some(({ text }) => /not installed for you/.test(text)))
  const dm = ben.dm()
  ben.says(dm, 'work for me')
  await bed
    .comes(async () => (await addresses()).map(({ address }) => address))
    .toContain(`discord:${dm}:${dm}`)
  expect(await bed.installationOf(eve.id, 'user')).toBeUndefined()
})
