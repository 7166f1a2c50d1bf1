import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ChatTokens } from '../../src/core/installation.ts'
import { threadId } from '../../src/core/thread-id.ts'
import { claimDeliveries } from '../../src/storage/deliveries/claim.ts'
import { sayInThread } from '../../src/storage/deliveries/say.ts'
import { changeInstallation, claimInforming } from '../../src/storage/installations/change.ts'
import { findInstallation, loadInstallation } from '../../src/storage/installations/find.ts'
import { revokeInstallation } from '../../src/storage/installations/revoke.ts'
import { saveInstallation } from '../../src/storage/installations/save.ts'
import { openTokens } from '../../src/storage/installations/tokens.ts'
import { viewJob } from '../../src/storage/jobs/view.ts'
import { findThread } from '../../src/storage/threads/find.ts'
import { describeOneServer } from '../support/store.ts'
import { only, openTenant, type Tenant, useBed } from './support/bed.ts'
import { accept } from './support/jobs.ts'

const tokens: ChatTokens = { botToken: 'xoxb-1', botUserId: 'U0', appId: 'A0' }
const team = (part = {}) => ({
  platform: 'slack' as const,
  kind: 'team' as const,
  externalId: `T${randomBytes(6).toString('hex')}`,
  tokens,
  scopes: ['chat:write'],
  installer: { externalId: 'U1', name: 'Ana' },
  ...part,
})

describeOneServer('an installation', (server) => {
  const bed = useBed(server)

  async function install(part = {}) {
    const store = bed().store()
    const input = team(part)
    const account = await saveInstallation(store, input)
    const actor = { kind: 'person', identityId: account.identityId } as const
    const tenant: Tenant = { ...account, store, context: { tenantId: account.tenantId, actor } }
    const { externalId, kind, platform } = input
    return { ...account, input, store, tenant, context: tenant.context, key: { externalId, kind, platform } }
  }

  const roleOf = async (identityId: string) =>
    only(await bed().admin`select role from loom.identities where id = ${identityId}`).role

  describe('that is new', () => {
    it('makes an account with its installer as owner, and is found by what the platform says', async () => {
      const { context, identityId, installationId, key, store, tenantId } = await install()
      const settings = {
        channelDayCapMicroUsd: {},
        externalChannels: [],
        botChannels: [],
        reaction: 'thread',
        linksNeedSignIn: false,
      }
      const found = { tenantId, installationId, settings, scopes: ['chat:write'], revoked: false }
      expect(await findInstallation(store, key)).toEqual(found)
      expect(await loadInstallation(store, context, { installationId })).toEqual({ ...found, ...key })
      expect(await openTokens(store, context, { installationId })).toEqual(tokens)
      expect(await roleOf(identityId)).toBe('owner')
    })

    it('is nothing to whoever asks by another kind or id', async () => {
      const { key, store } = await install()
      expect(await findInstallation(store, { ...key, kind: 'enterprise' })).toBeUndefined()
      expect(await findInstallation(store, { ...key, externalId: 'T0' })).toBeUndefined()
    })

    it('can belong to an account that is there, whose people it makes nobody more', async () => {
      const owner = await openTenant(bed())
      const { identityId, tenantId } = await install({ tenantId: owner.tenantId })
      expect(tenantId).toBe(owner.tenantId)
      expect(await roleOf(identityId)).toBe('member')
    })
  })

  describe('that is made again', () => {
    it('keeps account and settings, renews tokens and scopes, and makes nobody else its owner', async () => {
      const { context, input, installationId, key, store, tenantId } = await install()
      await changeInstallation(store, context, { installationId, change: { reaction: 'eyes' } })
      await revokeInstallation(store, context, { installationId })
      const again = await saveInstallation(store, {
        ...input,
        tokens: { ...tokens, botToken: 'xoxb-2' },
        scopes: ['chat:write', 'files:write'],
        installer: { externalId: 'U2' },
      })
      expect(again).toMatchObject({ tenantId, installationId })
      expect(await roleOf(again.identityId)).toBe('member')
      expect(await findInstallation(store, key)).toMatchObject({
        scopes: ['chat:write', 'files:write'],
        revoked: false,
        settings: { reaction: 'eyes' },
      })
      expect(await openTokens(store, context, { installationId })).toMatchObject({ botToken: 'xoxb-2' })
    })

    it('is refused for an account that it does not belong to', async () => {
      const { input, store } = await install()
      const other = await openTenant(bed())
      await expect(saveInstallation(store, { ...input, tenantId: other.tenantId })).rejects.toMatchObject({
        kind: 'forbidden',
      })
    })
  })

  describe('that is revoked', () => {
    it('has no tokens, no running jobs and nothing on its way', async () => {
      const { context, installationId, key, store, tenant } = await install()
      const thread = threadId('slack', 'C1', '1.1')
      const { jobId } = await accept(tenant, { thread })
      await sayInThread(store, context, { installationId, thread, subject: 's', text: 'x' })
      expect(await revokeInstallation(store, context, { installationId })).toEqual({ stopped: 1 })
      expect(await revokeInstallation(store, context, { installationId })).toEqual({ stopped: 0 })
      expect(await findInstallation(store, key)).toMatchObject({ revoked: true })
      await expect(openTokens(store, context, { installationId })).rejects.toMatchObject({
        kind: 'forbidden',
      })
      expect((await viewJob(store, context, { jobId: jobId ?? '' }))?.card.state).toBe('cancelled')
      const due = { platform: 'slack', holder: tenant.identityId, limit: 10, leaseMs: 1_000 } as const
      expect(await claimDeliveries(store, due)).toEqual([])
      const states = await bed().admin`
        select distinct state from loom.deliveries where tenant_id = ${tenant.tenantId}`
      expect(states).toEqual([{ state: 'withdrawn' }])
    })

    it('and gives its threads to the one through which they are heard next', async () => {
      const { context, installationId, store, tenant, tenantId } = await install()
      const thread = threadId('slack', 'C1', '1.1')
      await accept(tenant, { thread })
      await revokeInstallation(store, context, { installationId })
      const other = await install({ tenantId, kind: 'enterprise' })
      const { jobId } = await accept(other.tenant, { thread })
      const found = await findThread(store, context, { thread })
      expect(found).toMatchObject({ installationId: other.installationId, live: { jobId } })
    })

    it('leaves jobs of other installations of the account alone', async () => {
      const { context, installationId, store, tenantId } = await install()
      const other = await install({ tenantId })
      const { jobId } = await accept(other.tenant, { thread: threadId('slack', 'C1', '1.1') })
      expect(await revokeInstallation(store, context, { installationId })).toEqual({ stopped: 0 })
      expect((await viewJob(store, context, { jobId: jobId ?? '' }))?.card.state).toBe('received')
    })
  })

  describe('as it is set', () => {
    it('tells exactly one caller to inform the people', async () => {
      const { context, installationId, store } = await install()
      const claims = Array.from({ length: 8 }, () => claimInforming(store, context, { installationId }))
      expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1)
      await changeInstallation(store, context, { installationId, change: { channels: ['C1'] } })
      expect(await claimInforming(store, context, { installationId })).toBe(false)
    })

    it('goes back to the default for what is named without a value', async () => {
      const { context, installationId, store } = await install()
      const change = (part: object) => changeInstallation(store, context, { installationId, change: part })
      await change({ channels: ['C1'], reaction: 'eyes' })
      await change({ channels: undefined })
      const { settings } = (await loadInstallation(store, context, { installationId })) ?? {}
      expect(settings).toMatchObject({ reaction: 'eyes' })
      expect(settings?.channels).toBeUndefined()
    })

    it('caps a channel for a day, at once for what is spent there today, and no other channel', async () => {
      const { context, installationId, store, tenant } = await install()
      const change = (cap: Record<string, number>) =>
        changeInstallation(store, context, { installationId, change: { channelDayCapMicroUsd: cap } })
      const caps = async () => {
        const rows = await bed().admin`
          select split_part(key, ':', 2) as channel, cap_micro_usd::float8 as cap from loom.budgets
          where tenant_id = ${tenant.tenantId} and scope = 'channel_day' order by 1`
        return Object.fromEntries(rows.map(({ cap, channel }) => [channel, cap]))
      }
      await change({ C1: 7 })
      await accept(tenant, { thread: threadId('slack', 'C1', '1.1') })
      await accept(tenant, { thread: threadId('slack', 'C2', '1.1') })
      expect(await caps()).toEqual({ C1: 7, C2: 100_000_000 })
      await change({ C1: 9 })
      expect(await caps()).toEqual({ C1: 9, C2: 100_000_000 })
      await change({})
      expect(await caps()).toEqual({ C1: 100_000_000, C2: 100_000_000 })
    })
  })
})
