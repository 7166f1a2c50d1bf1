import { afterAll, beforeAll, expect, it } from 'vitest'
import { createSlackProcessor } from '../../../src/bots/slack/forget.ts'
import { openSlackBed, type SlackBed } from './support/slack-bed.ts'

let bed: SlackBed
beforeAll(async () => {
  bed = await openSlackBed()
})
afterAll(() => bed.close())

it('gives the token of an account back to Slack once, and says so again when it is asked again', async () => {
  const { account, install } = await bed.workspace()
  const deps = { store: bed.store, apiUrl: bed.settings.apiUrl, ownToken: undefined, log: bed.store.log }
  const processor = createSlackProcessor(deps)
  expect(await processor.forgetTenant(account)).toBe('told')
  expect(install.state).toBe('token_revoked')
  expect(['told', 'nothing']).toContain(await processor.forgetTenant(account))
})

it('leaves a token alone that stands in the settings, which is the operator’s own', async () => {
  const { account, install } = await bed.workspace('Own')
  const deps = {
    store: bed.store,
    apiUrl: bed.settings.apiUrl,
    ownToken: install.botToken,
    log: bed.store.log,
  }
  expect(await createSlackProcessor(deps).forgetTenant(account)).toBe('nothing')
  expect(install.state).not.toBe('token_revoked')
})
