import { expect, test } from 'vitest'
import { isChatter } from '../../../src/bots/slack/chatter.ts'

const envelope = (event: object) => ({
  type: 'event_callback',
  team_id: 'T1',
  api_app_id: 'A1',
  authorizations: [{ team_id: 'T1', user_id: 'ULOOM', is_bot: true }],
  event,
})
const said = (more: object) =>
  envelope({
    type: 'message',
    channel: 'C1',
    channel_type: 'channel',
    ts: '1.1',
    user: 'U1',
    text: 'hi',
    ...more,
  })

test.each<[string, object, boolean]>([
  ['words at top level', {}, true],
  ['a mention', { text: 'hi <@ULOOM>' }, false],
  ['a mention in blocks alone', { text: '', blocks: [{ elements: [{ user_id: 'ULOOM' }] }] }, false],
  ['a mention of somebody whose id begins the same', { text: 'hi <@ULOO>' }, true],
  ['a reply', { thread_ts: '1.0' }, false],
  ['a direct message', { channel_type: 'im' }, false],
  ['a group message', { channel_type: 'mpim' }, true],
  ['a notice of joining', { subtype: 'channel_join', text: '<@ULOOM> joined' }, true],
  ['files at top level', { subtype: 'file_share' }, true],
  ['files in a thread', { subtype: 'file_share', thread_ts: '1.0' }, false],
  ['our own words, by app', { app_id: 'A1', thread_ts: '1.0' }, true],
  ['our own words, by user', { user: 'ULOOM', channel_type: 'im' }, true],
  ['our own words, by profile', { bot_profile: { app_id: 'A1' }, thread_ts: '1.0' }, true],
  [
    'another app’s words in a thread',
    { app_id: 'A2', bot_id: 'B2', subtype: 'bot_message', thread_ts: '1.0' },
    false,
  ],
  ['a preview that Slack adds', { subtype: 'message_changed', message: { text: '<@ULOOM>' } }, true],
  [
    'an edit in a thread',
    { subtype: 'message_changed', message: { text: 'b', thread_ts: '1.0', edited: { ts: '2' } } },
    false,
  ],
  ['an edit at top level', { subtype: 'message_changed', message: { text: 'b', edited: { ts: '2' } } }, true],
  [
    'an edit that calls Loom',
    { subtype: 'message_changed', message: { text: '<@ULOOM>', edited: { ts: '2' } } },
    false,
  ],
  [
    'our own edit',
    { subtype: 'message_changed', message: { app_id: 'A1', thread_ts: '1', edited: { ts: '2' } } },
    true,
  ],
  ['a deletion in a thread', { subtype: 'message_deleted', previous_message: { thread_ts: '1.0' } }, false],
  ['a deletion at top level', { subtype: 'message_deleted', previous_message: { text: 'a' } }, true],
  [
    'a deletion that leaves a tombstone',
    { subtype: 'message_changed', message: { subtype: 'tombstone' }, previous_message: { thread_ts: '1.0' } },
    false,
  ],
])('%s', (_, more, chatter) => {
  expect(isChatter(said(more))).toBe(chatter)
})

test('what is no message is never chatter, but joining', () => {
  expect(isChatter(envelope({ type: 'app_uninstalled' }))).toBe(false)
  expect(isChatter(envelope({ type: 'app_mention', text: '' }))).toBe(false)
  expect(isChatter(envelope({ type: 'member_joined_channel', user: 'ULOOM' }))).toBe(true)
  expect(isChatter({ type: 'block_actions' })).toBe(false)
  expect(isChatter({ command: '/loom' })).toBe(false)
})
