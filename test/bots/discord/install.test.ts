import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DiscordBed, openDiscordBed } from './support/discord-bed.ts'

let bed: DiscordBed
beforeAll(async () => {
  bed = await openDiscordBed()
})
afterAll(() => bed.close())

/** The browser of somebody who installs: keeps the cookie and follows Discord's redirect to where Loom really listens. */
async function begin(path = 'install') {
  const response = await fetch(bed.at(path), { redirect: 'manual' })
  const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
  return { to: response.headers.get('location') ?? '', cookie, response }
}
const back = (url: string, cookie: string) =>
  fetch(`${bed.at('oauth_redirect')}${new URL(url).search}`, { headers: { cookie } })

function newcomer(name: string) {
  const ana = bed.fake.people.add('Ana')
  const guild = bed.fake.addGuild({ name, owner: ana, bot: false })
  return { ana, guild, channel: guild.addChannel({ name: 'launch' }) }
}

test('a server is installed by who manages it, and works at once', async () => {
  const { ana, channel, guild } = newcomer('New <b>Co')
  const { cookie, to } = await begin()
  const asked = new URL(to)
  expect(asked.origin).toBe(bed.fake.origin)
  expect(asked.searchParams.get('scope')).toBe('applications.commands identify bot')
  expect(asked.searchParams.get('redirect_uri')).toBe('http://loom.test/discord/oauth_redirect')
  const done = await back(ana.approves(to, { guild }), cookie)
  expect(done.status).toBe(200)
  expect(await done.text()).toContain('Loom is in New &#60;b&#62;Co')
  expect(guild.hasBot()).toBe(true)
  ana.says(channel.id, `${bed.loom} compare`)
  const installed = await bed.installationOf(guild.id)
  const jobs = () => bed.rows(`select id from loom.jobs where tenant_id = '${installed?.tenantId}'`)
  await bed.comes(jobs).toHaveLength(1)
  const [owner] = await bed.rows(
    `select role from loom.identities where tenant_id = '${installed?.tenantId}'`,
  )
  expect(owner).toEqual({ role: 'owner' })
})

test('a state opens once, in the browser that began; what a browser says of a server counts for nothing', async () => {
  const { ana, guild } = newcomer('Once')
  const other = newcomer('Other')
  const first = await begin()
  const url = ana.approves(first.to, { guild })
  expect((await back(url, '')).status).toBe(400)
  expect((await back(url.replace(/state=(.)/, 'state=x$1'), first.cookie)).status).toBe(400)
  expect(await bed.installationOf(guild.id)).toBeUndefined()
  const forged = url.replace(/guild_id=\d+/, `guild_id=${other.guild.id}`)
  expect((await back(forged, first.cookie)).status).toBe(200)
  expect(await bed.installationOf(guild.id)).toMatchObject({ revoked: false })
  expect(await bed.installationOf(other.guild.id)).toBeUndefined()
  expect((await back(url, first.cookie)).status).toBe(400)
})

test('no is taken for an answer, and a failure is said in words', async () => {
  const { ana } = newcomer('No')
  const denied = await begin()
  const no = await back(ana.declines(denied.to), denied.cookie)
  expect([no.status, await no.text()]).toEqual([200, expect.stringContaining('was not installed')])
  const broken = await begin()
  const state = encodeURIComponent(new URL(broken.to).searchParams.get('state') ?? '')
  const bad = await back(`http://x/?code=wrong&state=${state}`, broken.cookie)
  expect([bad.status, await bad.text()]).toEqual([
    502,
    expect.stringContaining('Discord did not complete it.'),
  ])
})

test('a link of an account binds the server to that account once, and a server of another is refused', async () => {
  const { account } = await bed.guild()
  const { identityId, tenantId } = account
  const linked = async () =>
    begin(
      `install${new URL(bed.installLinks.linkFor({ platform: 'discord', tenantId, identityId }).href).search}`,
    )
  const { ana, guild } = newcomer('Second')
  const first = await linked()
  const done = await back(ana.approves(first.to, { guild }), first.cookie)
  const page = await done.text()
  expect([done.status, page]).toEqual([200, expect.stringContaining('Loom is in Second')])
  expect(page).toContain('are one person to Loom')
  expect(await bed.installationOf(guild.id)).toMatchObject({ tenantId })
  const members = await bed.rows(
    `select count(*)::int as many, member_id from loom.identities where tenant_id = '${tenantId}' group by 2`,
  )
  expect(members).toMatchObject([{ many: 2, member_id: expect.any(String) }])
  const others = await bed.guild('Theirs')
  const again = await linked()
  const refused = await back(others.ana.approves(again.to, { guild: others.guild }), again.cookie)
  expect([refused.status, await refused.text()]).toEqual([502, expect.stringContaining('another account')])
  expect((await begin('install?for=abc.def')).response.status).toBe(400)
})

test('a person installs it for themselves: direct messages are theirs, whoever they share servers with', async () => {
  const { ana } = newcomer('Mine')
  const { cookie, to } = await begin('install?to=me')
  expect(new URL(to).searchParams.get('scope')).toBe('applications.commands identify')
  expect((await back(ana.approves(to), cookie)).status).toBe(200)
  const installed = await bed.installationOf(ana.id, 'user')
  const dm = ana.dm()
  ana.says(dm, 'what is in this file?')
  const jobs = () =>
    bed.rows(`select t.address from loom.jobs j join loom.briefs b on b.id = j.brief_id
      join loom.threads t on t.id = b.thread_id where j.tenant_id = '${installed?.tenantId}'`)
  await bed.comes(jobs).toEqual([{ address: `discord:${dm}:${dm}` }])
  ana.says(dm, 'only the first page')
  const steered = () =>
    bed.rows(`select 1 from loom.brief_messages where position > 0 and tenant_id = '${installed?.tenantId}'`)
  await bed.comes(steered).toHaveLength(1)
  expect(await jobs()).toHaveLength(1)
})

test('removed and installed again by the link, it is the same account’s', async () => {
  const { account, ana, guild } = await bed.guild('Back')
  guild.removesApp()
  await bed.comes(() => bed.installationOf(guild.id)).toMatchObject({ revoked: true })
  const { cookie, to } = await begin()
  expect((await back(ana.approves(to, { guild }), cookie)).status).toBe(200)
  expect(await bed.installationOf(guild.id)).toMatchObject({ revoked: false, tenantId: account.tenantId })
})
