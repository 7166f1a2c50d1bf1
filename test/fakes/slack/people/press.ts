import type { Reply } from '../events/transport.ts'
import { newResponseUrl } from '../responses.ts'
import { wireMessage, wireView } from '../wire.ts'
import type { Block, Member } from '../world.ts'
import { actionOf, interactionBase, pressPayload, stateOf, viewActionPayload } from './actions.ts'
import { afterSubmit, showAtOnce } from './answered.ts'
import { around, type Desk, type Spot } from './around.ts'

/** What somebody can press, fill in, call by a slash or by a shortcut. Each resolves with the app's answer. */
export function pressing(desk: Desk, who: Member) {
  const { team, world } = desk
  const { channelOf, findSpot, installFor, topView } = around(desk, who)
  return {
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
  }
}
