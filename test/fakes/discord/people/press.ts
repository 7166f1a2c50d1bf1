import { ButtonStyle, ComponentType, InteractionType } from 'discord.js'
import { makeInteraction } from '../interact/make.ts'
import { isDm, sees } from '../permissions.ts'
import { isSelect, leavesOf } from '../read/components.ts'
import { type Channel, type Component, type Message, need, type User, type World } from '../world.ts'
import type { Desk } from './desk.ts'
import { startResolving } from './options.ts'
import type { Spot } from './speak.ts'
import { type Use, use } from './use.ts'

/** Buttons and menus of messages. What is not there or greyed out cannot be pressed. */
export function pressing(desk: Desk, who: User) {
  const { world } = desk
  const spotOf = (spot: Spot): { channel: Channel; message: Message } => {
    const channel = need(world.channels.get(spot.channelId), 'channel')
    if (!sees(world, channel, who.id)) throw new Error(`${who.username} does not see this channel`)
    const message = channel.messages.find(
      (each) => each.id === spot.id && [undefined, who.id].includes(each.onlyFor),
    )
    return { channel, message: need(message, 'message') }
  }
  const send = (spot: { channel: Channel; message: Message }, component: Component, data: object): Use => {
    const { channel, message } = spot
    if (message.authorId !== world.botId) throw new Error('this is not of the app')
    const interaction = makeInteraction(world, {
      type: InteractionType.MessageComponent,
      who,
      channel,
      message,
      about: component.custom_id ?? '',
      owners: ownersOf(message, channel),
      data: { custom_id: component.custom_id, component_type: component.type, id: component.id, ...data },
    })
    desk.deliver(interaction)
    return use(world, interaction)
  }
  return {
    /** Presses a button, by its custom id or by the words on it. */
    presses: (spot: Spot, button: string): Use => {
      const found = spotOf(spot)
      const component = partOf(found.message, button, (each) => each.type === ComponentType.Button)
      if (component.style === ButtonStyle.Link) throw new Error('this button opens a page')
      return send(found, component, {})
    },
    /** Chooses in a menu, by its custom id or placeholder. */
    chooses: (spot: Spot, menu: string, values: readonly string[]): Use => {
      const found = spotOf(spot)
      const component = partOf(found.message, menu, isSelect)
      return send(
        found,
        component,
        choiceOf(world, { channel: found.channel, userId: who.id }, component, values),
      )
    },
  }
}

function ownersOf(message: Message, channel: Channel): Record<string, string> {
  if (message.interaction) return message.interaction.owners
  return { '0': isDm(channel) ? '0' : (channel.guildId ?? '0') }
}

function partOf(message: Message, name: string, isKind: (each: Component) => boolean): Component {
  const all = leavesOf(message.components).filter(isKind)
  const found =
    all.find((each) => each.custom_id === name) ??
    all.find((each) => each.label === name || each.placeholder === name)
  if (!found) throw new Error(`there is no ${name} on this message`)
  if (found.disabled === true) throw new Error(`${name} is disabled`)
  return found
}

/** What was chosen, if it can be: as many as the menu takes, and for a fixed list only what is on it. */
export function choiceOf(
  world: World,
  about: { channel: Channel; userId: string },
  component: Component,
  values: readonly string[],
) {
  const least = Number(component.min_values ?? 1)
  const most = Number(component.max_values ?? 1)
  if (values.length < least || values.length > most)
    throw new Error(`between ${least} and ${most} can be chosen`)
  if (component.type === ComponentType.StringSelect) {
    const options = (component.options ?? []) as { label: string; value: string }[]
    return {
      values: values.map((value) => {
        const found =
          options.find((each) => each.value === value) ?? options.find((each) => each.label === value)
        if (!found) throw new Error(`the menu offers no ${value}`)
        return found.value
      }),
    }
  }
  const resolving = startResolving(world, about.channel)
  const resolve = (id: string) => {
    if (component.type === ComponentType.UserSelect) return resolving.user(id)
    if (component.type === ComponentType.RoleSelect) return resolving.role(id)
    if (component.type === ComponentType.ChannelSelect) return resolving.place(id, about.userId)
    return resolving.anyone(id)
  }
  return { values: values.map(resolve), resolved: resolving.resolved }
}
