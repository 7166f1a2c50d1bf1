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
}

const slack = await startSlack()
const team = slack.addTeam({ name: 'Bench' })
const people = Array.from({ length: 40 }, (_, index) => team.addUser({ name: `Person ${index + 1}` }))
const install = team.install()
const channels = Array.from({ length: 100 }, (_, index) =>
  team.addChannel({ name: `channel-${index + 1}`, members: [...people, install] }),
)
const workplace: Workplace = {
  apiUrl: slack.url,
  signingSecret: slack.app.signingSecret,
  botToken: install.botToken,
  botUserId: install.botUserId,
  appId: install.appId,
  teamId: team.id,
  users: people.map((person) => person.id),
  channels: channels.map((channel) => channel.id),
}
process.send?.(workplace)
process.on('disconnect', () => process.exit(0))
