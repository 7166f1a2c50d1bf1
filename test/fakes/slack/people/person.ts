import { renderBlocks } from '../blocks/plain.ts'
import { newId } from '../ids.ts'
import { type Shown, shown } from '../read.ts'
import { wireView } from '../wire.ts'
import type { Block, Member, Team, View } from '../world.ts'
import { around, type Desk } from './around.ts'
import { pressing } from './press.ts'
import { speaking } from './speak.ts'

export interface ShownView {
  id: string
  title: string
  text: string
  callbackId: string
  blocks: Block[]
}

/** Somebody in a team, and everything that they can do to an app. */
export type Person = ReturnType<typeof person>

export function person(desk: Desk, who: Member) {
  const { team, world } = desk
  const { channelOf, installFor } = around(desk, who)
  return {
    id: who.id,
    name: who.name,
    mention: `<@${who.id}>`,
    /** What the workspace makes of somebody, from now on. */
    isAdmin: (admin: boolean): void => {
      who.isAdmin = admin
    },
    ...speaking(desk, who),
    ...pressing(desk, who),

    opensHome: (tab: 'home' | 'messages' = 'home'): void => {
      const install = installFor()
      const dm = [...team.channels.values()].find((each) => each.kind === 'im' && each.userId === who.id)
      const view = team.homes.get(who.id)
      world.emit(team, {
        type: 'app_home_opened',
        user: who.id,
        channel: dm?.id ?? newId('D'),
        tab,
        ...(view && tab === 'home' ? { view: wireView(view, team.id, install.appId) } : {}),
        event_ts: world.clock.ts(),
      })
    },

    /** The native stop button: only there while the session is `processing`. The app ends the status itself. */
    stopsAgent: (channelId: string, threadTs: string): void => {
      const session = team.sessions.find((each) => each.channelId === channelId && each.threadTs === threadTs)
      if (session?.status !== 'processing') throw new Error('there is no stop button here')
      const channel = channelOf(channelId)
      const running = channel.messages.filter(
        (each) => each.threadTs === threadTs && each.stream?.state === 'in_progress',
      )
      for (const each of running) if (each.stream) each.stream.state = 'stopped'
      const event = { type: 'agent_session_stopped', channel: channelId, user: who.id, thread_ts: threadTs }
      const streaming_message_ts = running.map((each) => each.ts)
      world.emit(team, { ...event, streaming_message_ts, event_ts: world.clock.ts() }, channel)
    },

    ephemerals: (channelId?: string): Shown[] =>
      team.ephemerals
        .filter(
          (each) => each.onlyFor === who.id && (channelId === undefined || each.channelId === channelId),
        )
        .map((each) => shown(team, each)),

    home: (): ShownView | undefined => {
      const view = team.homes.get(who.id)
      return view && shownView(team, view)
    },

    modals: (): ShownView[] => (team.modals.get(who.id) ?? []).map((view) => shownView(team, view)),
  }
}

function shownView(team: Team, view: View): ShownView {
  const title = (view.title as { text?: string } | undefined)?.text ?? ''
  const { blocks, callbackId, id } = view
  return { id, title, text: renderBlocks(team, blocks).text, callbackId, blocks }
}
