import type { Reply, Sent } from '../events/transport.ts'
import type { Channel, Install, Member, Message, Team, View, World } from '../world.ts'

/** Where a message is: what `says` gave back, or a message that was read. */
export interface Spot {
  ts: string
  channel?: string
}

export interface Desk {
  world: World
  team: Team
  interact(sent: Sent): Promise<Reply>
}

/** What somebody has before them: conversations, messages, the app's install, an open view. */
export function around({ team, world }: Desk, who: Member) {
  const channelOf = (id: string): Channel => {
    const channel = team.channels.get(id)
    if (!channel) throw new Error(`no channel ${id}`)
    return channel
  }
  const findSpot = (spot: Spot): { channel: Channel; message: Message } => {
    for (const channel of team.channels.values()) {
      const message = channel.messages.find((each) => each.ts === spot.ts)
      if (message && (spot.channel === undefined || spot.channel === channel.id)) return { channel, message }
    }
    const ephemeral = team.ephemerals.find((each) => each.ts === spot.ts && each.onlyFor === who.id)
    if (ephemeral) return { channel: channelOf(ephemeral.channelId), message: ephemeral }
    throw new Error('no such message')
  }
  const installFor = (appId?: string): Install => {
    const found = [...world.installs.values()].filter(
      (each) =>
        each.state === 'live' && (each.teamId === team.id || each.enterpriseId === team.enterprise?.id),
    )
    const install = found.find((each) => appId === undefined || each.appId === appId) ?? found[0]
    if (!install) throw new Error(`the app is not installed in ${team.name}`)
    return install
  }
  const enter = (channel: Channel) => {
    if (!channel.members.has(who.id)) throw new Error(`${who.name} is not in ${channel.name}`)
    return { team, channel }
  }
  const topView = (): View => {
    const view = team.modals.get(who.id)?.at(-1)
    if (!view) throw new Error(`${who.name} has no open view`)
    return view
  }

  return { channelOf, findSpot, installFor, enter, topView }
}
