import { permalinkOf } from '../api/chat.ts'
import { mimetypeOf } from '../api/files.ts'
import { makeView, putModal, replaceView } from '../api/views.ts'
import { renderBlocks } from '../blocks/plain.ts'
import type { Reply, Sent } from '../events/transport.ts'
import { newId } from '../ids.ts'
import { emitChange, putMessage, removeMessage } from '../post.ts'
import { type Shown, shown } from '../read.ts'
import { newResponseUrl } from '../responses.ts'
import { wireMessage, wireView } from '../wire.ts'
import type { Block, Channel, Install, Member, Message, StoredFile, Team, View, World } from '../world.ts'
import { actionOf, interactionBase, pressPayload, stateOf, viewActionPayload } from './actions.ts'
import { typed } from './text.ts'

export interface Says {
  /** As Slack sends it: `<@U…>` is a mention, `<https://…|word>` a link. */
  text?: string
  blocks?: Block[]
  attachments?: Record<string, unknown>[]
  files?: { name: string; content: string | Buffer }[]
  threadTs?: string
}

export interface Said {
  ts: string
  channel: string
  /** The root of its thread, itself or another. */
  threadTs: string
  permalink: string
}

/** Where a message is: what `says` gave back, or a message that was read. */
export interface Spot {
  ts: string
  channel?: string
}

export interface ShownView {
  id: string
  title: string
  text: string
  callbackId: string
  blocks: Block[]
}

/** Somebody in a team, and everything that they can do to an app. */
export type Person = ReturnType<typeof person>

export interface Desk {
  world: World
  team: Team
  interact(sent: Sent): Promise<Reply>
}

export function person(desk: Desk, who: Member) {
  const { team, world } = desk
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

  return {
    id: who.id,
    name: who.name,
    mention: `<@${who.id}>`,

    /** Stores the message and sends the events that the app subscribes to. */
    says: (channelId: string, input: Says | string): Said => {
      const said = typeof input === 'string' ? { text: input } : input
      const place = enter(channelOf(channelId))
      const text = said.text ?? ''
      const message = putMessage(world, place, {
        userId: who.id,
        ...(who.botId ? { botId: who.botId, subtype: 'bot_message' as const } : {}),
        ...(who.appId ? { appId: who.appId } : {}),
        text,
        blocks: said.blocks ?? (text === '' || who.isBot ? [] : typed(text)),
        attachments: said.attachments ?? [],
        files: (said.files ?? []).map((file) => makeFile(world, who, file)),
        ...(said.files ? { subtype: 'file_share' as const } : {}),
        ...(said.threadTs === undefined ? {} : { threadTs: said.threadTs }),
      })
      return {
        ts: message.ts,
        channel: channelId,
        threadTs: message.threadTs ?? message.ts,
        permalink: permalinkOf(team.domain, message),
      }
    },

    edits: (spot: Spot, text: string): void => {
      const { channel, message } = findSpot(spot)
      const before = wireMessage(world, { team, channel }, message)
      Object.assign(message, { text, blocks: typed(text), edited: { user: who.id, ts: world.clock.ts() } })
      emitChange(world, { team, channel }, { message, before })
    },

    deletes: (spot: Spot): void => {
      const { channel, message } = findSpot(spot)
      removeMessage(world, { team, channel }, message)
    },

    reacts: (spot: Spot, reaction: string): void => {
      const { channel, message } = findSpot(spot)
      enter(channel)
      message.reactions.set(reaction, [...(message.reactions.get(reaction) ?? []), who.id])
      const item = { type: 'message', channel: channel.id, ts: message.ts }
      const event = { type: 'reaction_added', user: who.id, reaction, item, item_user: message.userId }
      world.emit(team, { ...event, event_ts: world.clock.ts() }, channel)
    },

    /** Presses what has this action id, in a message; `value` says which side of feedback buttons. */
    press: (spot: Spot, actionId: string, given: Record<string, unknown> = {}): Promise<Reply> => {
      const { channel, message } = findSpot(spot)
      const install = installFor(message.appId)
      const blocks = [
        ...message.blocks,
        ...message.attachments.flatMap((each) => (each.blocks ?? []) as Block[]),
      ]
      const action = actionOf(world, blocks, actionId, given)
      const payload = pressPayload(world, { team, install, who, channel, message }, action)
      return desk.interact({ front: 'interactivity', payload })
    },

    /** Presses or chooses in the open view, or on the app's home. */
    pressInView: (
      where: 'modal' | 'home',
      actionId: string,
      given: Record<string, unknown> = {},
    ): Promise<Reply> => {
      const view = where === 'home' ? team.homes.get(who.id) : topView()
      if (!view) throw new Error('nothing is published')
      const payload = viewActionPayload(
        world,
        { team, install: installFor(), who, view },
        actionOf(world, view.blocks, actionId, given),
      )
      return desk.interact({ front: 'interactivity', payload })
    },

    /** Fills in the newest open view, by action id, and sends it; the errors that the app answered by block. */
    submits: async (
      values: Record<string, unknown> = {},
    ): Promise<{ reply: Reply; errors: Record<string, string> }> => {
      const view = topView()
      const { missing, state } = stateOf(view, values)
      if (missing.length > 0) throw new Error(`the form cannot be sent without ${missing.join(', ')}`)
      const install = installFor()
      const shownView = { ...wireView(view, team.id, install.appId), state }
      const base = interactionBase(world, { team, install, who })
      const payload = { type: 'view_submission', ...base, view: shownView, response_urls: [] }
      const reply = await desk.interact({ front: 'interactivity', payload })
      if (reply.status !== 200) return { reply, errors: { '*': 'We had some trouble connecting' } }
      return { reply, errors: afterSubmit(desk, view, install, reply.body) }
    },

    closes: async (): Promise<void> => {
      const view = topView()
      const install = installFor()
      team.modals.set(who.id, (team.modals.get(who.id) ?? []).slice(0, -1))
      if (!view.notifyOnClose) return
      const { trigger_id: _, ...base } = interactionBase(world, { team, install, who })
      const payload = {
        type: 'view_closed',
        ...base,
        view: wireView(view, team.id, install.appId),
        is_cleared: false,
      }
      await desk.interact({ front: 'interactivity', payload })
    },

    /** A slash command, as in `/loom status`; Slack has none inside threads. What comes back at once is ephemeral. */
    runs: async (line: string, channelId: string): Promise<Reply> => {
      const [command = '', ...rest] = line.split(' ')
      const channel = channelOf(channelId)
      const install = installFor()
      const payload = {
        token: world.app.verificationToken,
        team_id: team.id,
        team_domain: team.domain,
        ...(team.enterprise
          ? { enterprise_id: team.enterprise.id, enterprise_name: team.enterprise.name }
          : {}),
        channel_id: channel.id,
        channel_name: channel.kind === 'group' ? 'privategroup' : channel.name,
        user_id: who.id,
        user_name: who.name.toLowerCase(),
        command,
        text: rest.join(' '),
        api_app_id: install.appId,
        is_enterprise_install: String(install.enterpriseId !== undefined),
        response_url: newResponseUrl(world, { team, install, channel, userId: who.id }),
        trigger_id: String(interactionBase(world, { team, install, who }).trigger_id),
      }
      const reply = await desk.interact({ front: 'commands', payload })
      showAtOnce(desk, { install, channel, userId: who.id }, reply)
      return reply
    },

    /** A message shortcut. */
    shortcut: (spot: Spot, callbackId: string): Promise<Reply> => {
      const { channel, message } = findSpot(spot)
      const install = installFor()
      const payload = {
        type: 'message_action',
        ...interactionBase(world, { team, install, who }),
        callback_id: callbackId,
        action_ts: world.clock.ts(),
        message_ts: message.ts,
        channel: { id: channel.id, name: channel.name },
        message: wireMessage(world, { team, channel }, message),
        response_url: newResponseUrl(world, {
          team,
          install,
          channel,
          userId: who.id,
          messageTs: message.ts,
          ...(message.threadTs ? { threadTs: message.threadTs } : {}),
        }),
      }
      return desk.interact({ front: 'interactivity', payload })
    },

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

export function makeFile(
  world: World,
  who: Member,
  file: { name: string; content: string | Buffer },
): StoredFile {
  return {
    id: newId('F'),
    name: file.name,
    title: file.name,
    mimetype: mimetypeOf(file.name),
    bytes: Buffer.from(file.content),
    userId: who.id,
    createdMs: world.clock.now(),
    channels: new Set(),
    deleted: false,
  }
}

/** What the app answered to a form: it stays open with errors, changes, or closes. */
function afterSubmit({ team }: Desk, view: View, install: Install, body: string): Record<string, string> {
  const answer = body === '' ? {} : (JSON.parse(body) as Record<string, unknown>)
  const about = { userId: view.userId, install, type: 'modal' as const }
  switch (answer.response_action) {
    case 'errors':
      return answer.errors as Record<string, string>
    case 'update':
      replaceView(view, makeView(answer.view, about))
      return {}
    case 'push':
      putModal(team, makeView(answer.view, about), true)
      return {}
    case 'clear':
      team.modals.delete(view.userId)
      return {}
    default:
      team.modals.set(
        view.userId,
        (team.modals.get(view.userId) ?? []).filter((each) => each.id !== view.id),
      )
      return {}
  }
}

/** The answer to a command, when there is one in the acknowledgement itself. */
function showAtOnce(
  { team, world }: Desk,
  about: { install: Install; channel: Channel; userId: string },
  reply: Reply,
): void {
  if (reply.status !== 200 || reply.body === '') return
  const said = reply.body.startsWith('{')
    ? (JSON.parse(reply.body) as Record<string, unknown>)
    : { text: reply.body }
  const { channel, install, userId } = about
  putMessage(
    world,
    { team, channel },
    {
      userId: install.botUserId,
      botId: install.botId,
      appId: install.appId,
      text: String(said.text ?? ''),
      blocks: (said.blocks ?? []) as Block[],
      ...(said.response_type === 'in_channel' ? {} : { onlyFor: userId }),
    },
  )
}
