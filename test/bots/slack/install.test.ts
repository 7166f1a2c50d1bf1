import { afterAll, beforeAll, expect, test } from 'vitest'
import { createInstallLinks } from '../../../src/bots/install/links.ts'
import { openTokens } from '../../../src/storage/installations/tokens.ts'
import { openSlackBed, type SlackBed } from './support/slack-bed.ts'

let bed: SlackBed
beforeAll(async () => {
  bed = await openSlackBed()
})
afterAll(() => bed.close())

/** The browser of somebody who installs: keeps the cookie and follows Slack's redirect to where Loom really listens. */
async function begin(path = 'install') {
  const response = await fetch(bed.at(path), { redirect: 'manual' })
  const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
  return { to: response.headers.get('location') ?? '', cookie, response }
}
const back = (url: string, cookie: string) => {
  const { search } = new URL(url)
  return fetch(`${bed.at('oauth_redirect')}${search}`, { headers: { cookie } })
}

test('a workspace is installed with sealed tokens, by who allowed it, and works at once', async () => {
  const team = bed.fake.addTeam({ name: 'New <b>Co' })
  const ana = team.addUser({ name: 'Ana' })
  const channel = team.addChannel({ name: 'launch', members: [ana] })
  const { cookie, response, to } = await begin()
  expect(response.status).toBe(302)
  expect(response.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax; Max-Age=600/)
  const asked = new URL(to)
  expect(asked.origin).toBe(bed.fake.origin)
  expect(asked.searchParams.get('scope')).toContain('app_mentions:read')
  expect(asked.searchParams.get('redirect_uri')).toBe('http://loom.test/slack/oauth_redirect')
  const done = await back(team.approves(to, ana), cookie)
  const page = await done.text()
  expect(done.status).toBe(200)
  expect(page).toContain('Loom is in New &#60;b&#62;Co')
  expect(page).toContain('/invite @Loom')
  expect(done.headers.get('content-security-policy')).toContain("default-src 'none'")
  const installed = await bed.installationOf(team.id)
  if (!installed) throw new Error('not installed')
  const context = { tenantId: installed.tenantId, actor: { kind: 'system' } } as const
  const tokens = await openTokens(bed.store, context, installed)
  expect(tokens.botToken).toMatch(/^xoxb-/)
  channel.invite({ botUserId: tokens.botUserId })
  ana.says(channel.id, `<@${tokens.botUserId}> compare`)
  await bed.fake.settled()
  expect(await bed.rows(`select id from loom.jobs where tenant_id = '${installed.tenantId}'`)).toHaveLength(1)
})

test('a state opens once, in the browser that began, and not when it was changed', async () => {
  const team = bed.fake.addTeam({ name: 'Once' })
  const ana = team.addUser({ name: 'Ana' })
  const first = await begin()
  const url = team.approves(first.to, ana)
  expect((await back(url, '')).status).toBe(400)
  expect((await back(url, (await begin()).cookie)).status).toBe(400)
  expect((await back(url.replace(/state=(.)/, 'state=x$1'), first.cookie)).status).toBe(400)
  expect(await bed.installationOf(team.id)).toBeUndefined()
  expect((await back(url, first.cookie)).status).toBe(200)
  expect((await back(url, first.cookie)).status).toBe(400)
})

test('no is taken for an answer, and a failure is said in words', async () => {
  const denied = await begin()
  const state = new URL(denied.to).searchParams.get('state') ?? ''
  const no = await back(`http://x/?error=access_denied&state=${encodeURIComponent(state)}`, denied.cookie)
  expect([no.status, await no.text()]).toEqual([200, expect.stringContaining('was not installed')])
  const broken = await begin()
  const other = new URL(broken.to).searchParams.get('state') ?? ''
  const bad = await back(`http://x/?code=wrong&state=${encodeURIComponent(other)}`, broken.cookie)
  expect([bad.status, await bad.text()]).toEqual([502, expect.stringContaining('Slack did not complete it.')])
  expect(JSON.stringify(bed.logged)).toContain('invalid_code')
})

/** Somebody opens an account's link and completes what it begins in a workspace of theirs. */
async function completeBy(href: string, place: Pick<Awaited<ReturnType<typeof newTeam>>, 'ana' | 'team'>) {
  const { cookie, to } = await begin(`install${new URL(href).search}`)
  return back(place.team.approves(to, place.ana), cookie)
}
async function newTeam(name: string) {
  const team = bed.fake.addTeam({ name })
  return { team, ana: team.addUser({ name: 'Ana' }) }
}
const linkOf = ({ identityId, tenantId }: { identityId: string; tenantId: string }) =>
  bed.installLinks.linkFor({ platform: 'slack', tenantId, identityId }).href
const memberOf = async (identityId: string) => {
  const [row] = await bed.rows(`select member_id from loom.identities where id = '${identityId}'`)
  return row?.member_id
}

test('a link of an account binds the workspace to that account, once, and who completes it is who made it', async () => {
  const { account } = await bed.workspace()
  const href = linkOf(account)
  const second = await newTeam('Second')
  const done = await completeBy(href, second)
  const page = await done.text()
  expect([done.status, page]).toEqual([200, expect.stringContaining('Loom is in Second')])
  expect(page).toContain('It belongs to the account whose admin made the link')
  expect(page).toContain('are one person to Loom')
  expect(await bed.installationOf(second.team.id)).toMatchObject({ tenantId: account.tenantId })
  const [linked] = await bed.rows(`
    select i.id from loom.identities i join loom.audit_log a on a.subject_id = i.id and a.action = 'identity.link'
    where a.actor_id = '${account.identityId}' and i.id <> '${account.identityId}'`)
  expect(await memberOf(linked?.id ?? '')).toBe(await memberOf(account.identityId))
  expect(await memberOf(account.identityId)).toEqual(expect.any(String))
  const third = await newTeam('Third')
  const again = await completeBy(href, third)
  expect([again.status, await again.text()]).toEqual([502, expect.stringContaining('was used before')])
  expect(await bed.installationOf(third.team.id)).toBeUndefined()
})

test('a link brings no workspace of another account, and none once its maker is no admin any more', async () => {
  const [mine, theirs] = [await bed.workspace(), await bed.workspace('Elsewhere')]
  const refused = await completeBy(linkOf(mine.account), theirs)
  expect(await refused.text()).toContain('It belongs to another account of Loom already.')
  expect(await bed.installationOf(theirs.team.id)).toMatchObject({ tenantId: theirs.account.tenantId })
  const href = linkOf(mine.account)
  await bed.rows(`update loom.identities set role = 'member' where id = '${mine.account.identityId}'`)
  const other = await newTeam('Late')
  expect(await (await completeBy(href, other)).text()).toContain('is no longer good')
  expect(await bed.installationOf(other.team.id)).toBeUndefined()
})

test('a link that is made up, too old, or of another platform begins nothing', async () => {
  const { account } = await bed.workspace()
  const at = {
    key: Buffer.alloc(32, 7),
    publicUrl: 'http://loom.test',
    platforms: ['slack', 'discord'],
  } as const
  const links = createInstallLinks({ ...at, now: () => 0 })
  const sealed = (platform: string) =>
    new URL(links.linkFor({ platform, ...account }).href).searchParams.get('for') ?? ''
  const later = (ms: number) => createInstallLinks({ ...at, now: () => ms })
  const { identityId, tenantId } = account
  expect(later(15 * 60_000 - 1).open('slack', sealed('slack'))).toMatchObject({ identityId, tenantId })
  expect(later(15 * 60_000).open('slack', sealed('slack'))).toBeUndefined()
  expect(links.open('slack', sealed('discord'))).toBeUndefined()
  expect(() => links.linkFor({ platform: 'local', ...account })).toThrow('Slack and Discord')
  for (const forged of ['abc.def', sealed('slack')]) {
    expect((await begin(`install?for=${forged}`)).response.status).toBe(400)
  }
})

test('what came by the link of an account and failed is not begun again for another one', async () => {
  const link = new URL(linkOf((await bed.workspace()).account))
  const pages = [await (await begin('install?for=abc.def')).response.text()]
  for (const answer of ['error=access_denied', 'code=wrong']) {
    const { cookie, to } = await begin(`install${link.search}`)
    const state = encodeURIComponent(new URL(to).searchParams.get('state') ?? '')
    for (const _ of ['first', 'again']) {
      pages.push(await (await back(`http://x/?${answer}&state=${state}`, cookie)).text())
    }
  }
  expect(pages).toHaveLength(5)
  for (const page of pages) {
    expect(page).toContain('open the link that you were given')
    expect(page).not.toContain('href')
  }
  const { response } = await begin('oauth_redirect')
  expect(await response.text()).toContain('href="http://loom.test/slack/install"')
})

test('revocation of the bot’s token ends the installation at once, installing again begins anew', async () => {
  const place = await bed.workspace()
  bed.fake.deliver.event(
    { ...(place.team as unknown as Parameters<typeof bed.fake.deliver.event>[0]) },
    { type: 'tokens_revoked', tokens: { bot: [place.install.botUserId] }, event_ts: '1.1' },
  )
  await bed.fake.settled()
  expect(await bed.installationOf(place.team.id)).toMatchObject({ revoked: true })
  const { cookie, to } = await begin()
  expect((await back(place.team.approves(to, place.ana), cookie)).status).toBe(200)
  expect(await bed.installationOf(place.team.id)).toMatchObject({
    revoked: false,
    tenantId: place.account.tenantId,
  })
})
