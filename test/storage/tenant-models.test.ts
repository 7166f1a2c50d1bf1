import { expect, it } from 'vitest'
import { viewJob } from '../../src/storage/jobs/view.ts'
import { dropProviderKey, setProviderKey, setTier } from '../../src/storage/models/change.ts'
import { listProviderKeys, loadTenantModels } from '../../src/storage/models/load.ts'
import { noteDelay } from '../../src/storage/tasks/note-delay.ts'
import { describeOneServer } from '../support/store.ts'
import { openTenant, systemOf, useBed } from './support/bed.ts'
import { eventsOf, workingTask } from './support/jobs.ts'

describeOneServer('an account’s models', (server) => {
  const bed = useBed(server)

  it('are its own choice by tier until it takes that back, and nobody else’s', async () => {
    const [a, b] = [await openTenant(bed()), await openTenant(bed())]
    await setTier(a.store, a.context, { tier: 'deep', names: ['openai/gpt-5.4', 'compatible/qwen3:32b'] })
    await setTier(a.store, a.context, { tier: 'quick', names: ['anthropic/claude-haiku-5-5'] })
    expect((await loadTenantModels(a.store, systemOf(a))).tiers).toEqual({
      deep: ['openai/gpt-5.4', 'compatible/qwen3:32b'],
      quick: ['anthropic/claude-haiku-5-5'],
    })
    expect(await loadTenantModels(b.store, systemOf(b))).toEqual({ tiers: {}, keys: {} })
    await setTier(a.store, a.context, { tier: 'deep', names: undefined })
    await setTier(a.store, a.context, { tier: 'standard', names: undefined })
    expect((await loadTenantModels(a.store, systemOf(a))).tiers).toEqual({
      quick: ['anthropic/claude-haiku-5-5'],
    })
  })

  it('keep a key sealed for the integrations alone, where an agent’s worker reads it and cannot change it', async () => {
    const a = await openTenant(bed())
    await setProviderKey(a.store, a.context, { provider: 'anthropic', key: 'sk-first-key' })
    await setProviderKey(a.store, a.context, { provider: 'anthropic', key: 'sk-second-key' })
    await setProviderKey(a.store, a.context, { provider: 'openai', key: 'sk-third-key' })
    const worker = { ...a, store: bed().store('loom_worker') }
    const { keys } = await loadTenantModels(worker.store, systemOf(a))
    expect([keys.anthropic?.key, keys.openai?.key]).toEqual(['sk-second-key', 'sk-third-key'])
    await expect(
      setProviderKey(worker.store, a.context, { provider: 'openai', key: 'sk-other-key' }),
    ).rejects.toMatchObject({ kind: 'internal' })
    await expect(dropProviderKey(worker.store, a.context, { provider: 'openai' })).rejects.toMatchObject({
      kind: 'internal',
    })
    const rows = await bed().admin`
      select provider, key_id, key_sealed from loom.provider_keys where tenant_id = ${a.tenantId} order by provider`
    expect(rows.map((row) => row.provider)).toEqual(['anthropic', 'openai'])
    for (const row of rows) expect(Buffer.from(row.key_sealed).toString('latin1')).not.toContain('sk-')
    const content = await a.store.vault.sealer(a.tenantId, 'content')
    expect(() => content.openText(`provider_keys.key:${rows[0]?.key_id}`, rows[0]?.key_sealed)).toThrow(
      expect.objectContaining({ kind: 'corrupt' }),
    )
  })

  it('forget a key when they are told to, and say so in the audit log without it', async () => {
    const a = await openTenant(bed())
    await setProviderKey(a.store, a.context, { provider: 'openai', key: 'sk-some-key' })
    expect((await listProviderKeys(a.store, a.context)).map((row) => row.provider)).toEqual(['openai'])
    expect(await dropProviderKey(a.store, a.context, { provider: 'openai' })).toBe(true)
    expect(await dropProviderKey(a.store, a.context, { provider: 'openai' })).toBe(false)
    expect(await listProviderKeys(a.store, a.context)).toEqual([])
    const actions = await bed().admin<{ action: string }[]>`
      select action from loom.audit_log where tenant_id = ${a.tenantId} and action like 'provider_key%' order by id`
    expect(actions.map((row) => row.action)).toEqual(['provider_key.set', 'provider_key.drop'])
  })
})

describeOneServer('a task that stands still', (server) => {
  const bed = useBed(server)

  it('says why on its row of the card, in order with the other events, as long as it is held', async () => {
    const a = await openTenant(bed())
    const holder = 'c0ffee00-0000-4000-8000-000000000001'
    const { held, jobId } = await workingTask(bed(), a, { holder })
    const message = 'Anthropic is taking no more requests right now. Trying again.'
    const input = { task: held, holder, message }
    expect(
      await noteDelay(a.store, systemOf(a), { ...input, task: { ...held, fence: held.fence - 1 } }),
    ).toBe(false)
    expect(await noteDelay(a.store, systemOf(a), input)).toBe(true)
    const view = await viewJob(a.store, systemOf(a), { jobId })
    expect(view?.card.rows.map((row) => row.activity)).toContain(message)
    expect((await eventsOf(bed(), a, jobId)).at(-1)).toMatchObject({ kind: 'delayed', message })
    await bed().admin`update loom.ready_tasks set holder = null where task_id = ${held.taskId}`
    expect(await noteDelay(a.store, systemOf(a), input)).toBe(false)
  })
})
