import { newTrigger } from '../api/views.ts'
import { elementsOf } from '../blocks/check.ts'
import { newResponseUrl } from '../responses.ts'
import { wireMessage, wireView } from '../wire.ts'
import type { Block, Channel, Install, Member, Message, Team, View, World } from '../world.ts'

type Payload = Record<string, unknown>

/** What every interaction says of where it happened and who did it. */
export function interactionBase(world: World, about: { team: Team; install: Install; who: Member }): Payload {
  const { install, team, who } = about
  return {
    user: {
      id: who.id,
      username: who.name.toLowerCase(),
      name: who.name.toLowerCase(),
      team_id: who.homeTeamId,
    },
    api_app_id: install.appId,
    token: world.app.verificationToken,
    team: {
      id: team.id,
      domain: team.domain,
      ...(team.enterprise
        ? { enterprise_id: team.enterprise.id, enterprise_name: team.enterprise.name }
        : {}),
    },
    enterprise: team.enterprise ?? null,
    is_enterprise_install: install.enterpriseId !== undefined,
    trigger_id: newTrigger(world, team, who.id),
  }
}

/** Which element of a message or view somebody acts on, and what the app is told of it. */
export function actionOf(world: World, blocks: readonly Block[], actionId: string, given: Payload): Payload {
  for (const block of blocks) {
    const element = elementsOf(block).find((each) => each.action_id === actionId)
    if (!element) continue
    const base = {
      type: element.type,
      action_id: actionId,
      block_id: block.block_id,
      action_ts: world.clock.ts(),
    }
    return { ...base, ...pressed(element, given) }
  }
  throw new Error(`nobody can press ${actionId} here: there is no such element`)
}

function pressed(element: Element, given: Payload): Payload {
  if (element.type === 'feedback_buttons') {
    const side = element[given.value === 'negative' ? 'negative_button' : 'positive_button']
    const { text, value } = side as { text: unknown; value: string }
    return { text, value }
  }
  if (element.type !== 'button' && element.type !== 'icon_button') return given
  return { text: element.text, ...(element.value === undefined ? {} : { value: element.value }) }
}

export function pressPayload(
  world: World,
  about: { team: Team; install: Install; who: Member; channel: Channel; message: Message },
  action: Payload,
): Payload {
  const { channel, install, message, team, who } = about
  const threadTs = message.threadTs
  return {
    type: 'block_actions',
    ...interactionBase(world, about),
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: message.onlyFor !== undefined,
      ...(threadTs ? { thread_ts: threadTs } : {}),
    },
    channel: { id: channel.id, name: channel.name },
    ...(message.onlyFor ? {} : { message: wireMessage(world, { team, channel }, message) }),
    state: { values: {} },
    response_url: newResponseUrl(world, {
      team,
      install,
      channel,
      userId: who.id,
      messageTs: message.ts,
      ...(threadTs ? { threadTs } : {}),
    }),
    actions: [action],
  }
}

export function viewActionPayload(
  world: World,
  about: { team: Team; install: Install; who: Member; view: View },
  action: Payload,
): Payload {
  const view = wireView(about.view, about.team.id, about.install.appId)
  return {
    type: 'block_actions',
    ...interactionBase(world, about),
    container: { type: 'view', view_id: about.view.id },
    view,
    actions: [action],
  }
}

/** What stands in the inputs of a view, by action id; a required one that is empty keeps the form open. */
export function stateOf(view: View, values: Payload): { state: Payload; missing: string[] } {
  const missing: string[] = []
  const state: Record<string, Payload> = {}
  for (const block of view.blocks) {
    for (const element of elementsOf(block)) {
      const id = String(element.action_id)
      if (element.type === 'button' || element.action_id === undefined) continue
      const filled = id in values ? chosen(element, values[id]) : initialOf(element)
      if (block.type === 'input' && block.optional !== true && Object.values(filled)[0] === null)
        missing.push(id)
      const at = block.block_id ?? ''
      state[at] = { ...state[at], [id]: { type: element.type, ...filled } }
    }
  }
  const strange = Object.keys(values).filter((id) => !Object.values(state).some((each) => id in each))
  if (strange.length > 0) throw new Error(`the view has no ${strange.join(', ')}`)
  return { state: { values: state }, missing }
}

type Element = { type: string; [key: string]: unknown }

function chosen(element: Element, value: unknown): Payload {
  if (element.type.endsWith('_input') || element.type === 'plain_text_input') return { value: value ?? null }
  if (element.type === 'static_select' || element.type === 'radio_buttons') {
    return { selected_option: optionsOf(element).find((each) => each.value === value) ?? null }
  }
  if (element.type === 'checkboxes' || element.type === 'multi_static_select') {
    const wanted = value as string[]
    return { selected_options: optionsOf(element).filter((each) => wanted.includes(String(each.value))) }
  }
  if (element.type === 'multi_conversations_select') return { selected_conversations: value }
  return { [`selected_${element.type.replace('_select', '').replace(/s$/, '')}`]: value }
}

function optionsOf(element: Element): Payload[] {
  const groups = (element.option_groups ?? []) as { options: Payload[] }[]
  return [...((element.options ?? []) as Payload[]), ...groups.flatMap((group) => group.options)]
}

function initialOf(element: Element): Payload {
  const from = Object.entries(element).find(([key]) => key.startsWith('initial_'))
  if (element.type.endsWith('_input')) return { value: from?.[1] ?? null }
  if (element.type === 'multi_conversations_select') return { selected_conversations: from?.[1] ?? [] }
  if (element.type === 'checkboxes' || element.type === 'multi_static_select') {
    return { selected_options: from?.[1] ?? [] }
  }
  return { [from?.[0].replace('initial_', 'selected_') ?? 'selected_option']: from?.[1] ?? null }
}
