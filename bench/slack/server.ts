import { startSlack } from '../../test/fakes/slack/server.ts'

// A process of its own: a Slack on loopback with one workspace, whose API the bot calls. The events come from elsewhere.

/** What the others have to know of the workspace. */
export interface Workplace {
  apiUrl: string
  signingSecret: string
  botToken: string
  botUserId: string
  appId: string
  teamId: string
  users: string[]
  channels: string[]
  /** Messages that call the bot and stand in the channels already: the events tell of them one by one. */
  roots: { channel: string; user: string; ts: string; text: string }[]
}

const mentions = 3_000

const slack = await startSlack()
const team = slack.addTeam({ name: 'Bench' })
const people = Array.from({ length: 40 }, (_, index) => team.addUser({ name: `Person ${index + 1}` }))
const install = team.install()
const channels = Array.from({ length: 100 }, (_, index) =>
  team.addChannel({ name: `channel-${index + 1}`, members: [...people, install] }),
)
const text = `<@${install.botUserId}> what did people say about the price this week?`
const roots = Array.from({ length: mentions }, (_, index) => {
  const user = people[index % people.length]
  const channel = channels[index % channels.length]
  if (!user || !channel) throw new Error('a workspace without people or channels')
  return { channel: channel.id, user: user.id, ts: user.says(channel.id, { text }).ts, text }
})
const workplace: Workplace = {
  apiUrl: slack.url,
  signingSecret: slack.app.signingSecret,
  botToken: install.botToken,
  botUserId: install.botUserId,
  appId: install.appId,
  teamId: team.id,
  users: people.map((person) => person.id),
  channels: channels.map((channel) => channel.id),
  roots,
}
process.send?.(workplace)
process.on('disconnect', () => process.exit(0))
