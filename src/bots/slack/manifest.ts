import { scopeNames } from './scopes.ts'

/** What Loom hears of, and nothing else. */
const events = [
  'agent_session_stopped',
  'app_home_opened',
  'app_mention',
  'app_uninstalled',
  'channel_deleted',
  'group_deleted',
  'message.channels',
  'message.groups',
  'message.im',
  'message.mpim',
  'reaction_added',
  'tokens_revoked',
] as const

/**
 * The app's manifest for Slack's "create from a manifest". `host` is the address of this Loom, as in
 * `https://loom.example.com`; with `socket` Slack needs no address.
 */
export function slackManifest(input: { host: string; socket: boolean }) {
  const at = (path: string) => `${input.host.replace(/\/+$/, '')}/slack/${path}`
  const addressed = (path: string, name: string) => (input.socket ? {} : { [name]: at(path) })
  return {
    display_information: {
      name: 'Loom',
      description: 'Turns a thread into a brief, and the brief into a swarm of agents.',
      long_description:
        'Call @Loom in a thread and say what you want. Loom reads the thread and its files, plans, and lets several agents work on it at once. You see what each of them does and what it costs, steer them in the thread, and stop them at any time. The answer comes into the thread, with every file that was written and a receipt.',
      background_color: '#1f2937',
    },
    features: {
      agent_view: {
        agent_description:
          'Turns what you say into a plan for several agents, and comes back with answer, files and receipt.',
        suggested_prompts: [
          { title: 'Compare files', message: 'Compare the attached files and tell me what changed and why.' },
          {
            title: 'Sum up a thread',
            message: 'Read this thread and list what was decided, by whom, and what is open.',
          },
        ],
      },
      app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: 'loom', always_online: true },
      shortcuts: [
        {
          name: 'Take this thread',
          type: 'message' as const,
          callback_id: 'loom_take_thread',
          description: 'Has Loom work on the thread of this message.',
        },
      ],
      slash_commands: [
        {
          command: '/loom',
          description: 'What runs, what it costs, how to stop it',
          usage_hint: 'help | status | stop | usage | settings',
          should_escape: false,
          ...addressed('commands', 'url'),
        },
      ],
    },
    oauth_config: {
      ...(input.socket ? {} : { redirect_urls: [at('oauth_redirect'), at('signed_in')] }),
      scopes: { bot: [...scopeNames] },
    },
    settings: {
      event_subscriptions: { ...addressed('events', 'request_url'), bot_events: [...events] },
      interactivity: { is_enabled: true, ...addressed('interactions', 'request_url') },
      org_deploy_enabled: false,
      socket_mode_enabled: input.socket,
      token_rotation_enabled: false,
    },
  }
}
