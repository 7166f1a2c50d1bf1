import { expect, test } from 'vitest'
import { mustAnswerSlack } from '../../../src/bots/slack/answer-address.ts'
import type { SlackPlace } from '../../../src/bots/slack/place.ts'
import { messageEventOf } from '../../../src/bots/slack/take/event.ts'
import { isStranger } from '../../../src/bots/slack/take/stranger.ts'
import { installationSettings } from '../../../src/core/installation.ts'

const place = (externalId: string): SlackPlace => ({
  tenantId: 'tenant',
  installationId: 'installation',
  settings: installationSettings.parse({}),
  scopes: [],
  externalId,
  botUserId: 'U0LOOM',
  appId: 'A0LOOM',
})

function isStrange(externalId: string, envelope: object, message: object): boolean | undefined {
  const event = { type: 'message', channel: 'C0SHARED', user: 'U0', ts: '1.1', text: 'x', ...message }
  const body = { type: 'event_callback', is_ext_shared_channel: true, ...envelope, event }
  const read = messageEventOf(body, place(externalId))
  return read && isStranger(read, place(externalId))
}

test('who writes for another team is a stranger, though the envelope names that team', () => {
  expect(isStrange('T0OURS', { team_id: 'T0OURS' }, { team: 'T0OURS' })).toBe(false)
  expect(isStrange('T0OURS', { team_id: 'T0OURS' }, { user_team: 'T0THEIRS', team: 'T0OURS' })).toBe(true)
  expect(isStrange('T0OURS', { team_id: 'T0OURS' }, { source_team: 'T0THEIRS', team: 'T0OURS' })).toBe(true)
  expect(isStrange('T0OURS', { team_id: 'T0THEIRS' }, { team: 'T0THEIRS' })).toBe(true)
  expect(isStrange('T0OURS', { context_team_id: 'T0THEIRS' }, { team: 'T0THEIRS' })).toBe(true)
})

test('in an organisation the teams of it are no strangers, and those of another are', () => {
  const ours = { enterprise_id: 'E0OURS', team_id: 'T0ONE' }
  expect(isStrange('E0OURS', ours, { team: 'T0ONE' })).toBe(false)
  expect(isStrange('E0OURS', ours, { team: 'E0OURS' })).toBe(false)
  expect(isStrange('E0OURS', ours, { team: 'T0THEIRS' })).toBe(true)
  expect(isStrange('E0OURS', { enterprise_id: 'E0THEIRS', team_id: 'T0THEIRS' }, { team: 'T0THEIRS' })).toBe(
    true,
  )
})

const answers =
  (...addresses: unknown[]) =>
  () => {
    const [response_url, ...more] = addresses
    mustAnswerSlack(
      { response_url, response_urls: more.map((each) => ({ response_url: each })) },
      'https://slack.com/api/',
    )
  }

test('an answer goes to no other host than Slack’s', () => {
  const slacks = ['https://hooks.slack.com/actions/T0/1/x', 'https://hooks.slack-gov.com/commands/T0/1/x']
  expect(answers(...slacks)).not.toThrow()
  expect(answers(undefined)).not.toThrow()
  expect(answers('')).not.toThrow()
  const others = [
    'http://hooks.slack.com/actions/T0/1/x',
    'https://hooks.slack.com:8443/x',
    'https://hooks.slack.com@evil.example/x',
    'https://evil-slack.com/x',
    'https://hooks.slack.com.evil.example/x',
    'http://169.254.169.254/latest',
    'file:///etc/passwd',
    'nonsense',
    7,
  ]
  for (const address of others) {
    expect(answers(address)).toThrow('did not come from Slack')
    expect(answers(slacks[0], address)).toThrow('did not come from Slack')
  }
})
