import { ComponentType, InteractionType } from 'discord.js'
import { everyComponent } from '../check/components.ts'
import { makeInteraction } from '../interact/make.ts'
import { sourceOf } from '../interact/respond.ts'
import { type Channel, type Component, type Interaction, need, type User, type World } from '../world.ts'
import type { Desk } from './desk.ts'
import { startResolving } from './options.ts'
import { choiceOf } from './press.ts'
import { type ShownForm, shownForm, type Use, use } from './use.ts'

/** What is put into a form: text, what was chosen, a switch, files. */
export type Entry =
  | string
  | boolean
  | readonly string[]
  | readonly { name: string; content: string | Buffer }[]

/** Forms (modals) that the app opened. */
export function filling(desk: Desk, who: User) {
  const { world } = desk
  const newest = (): Interaction | undefined =>
    [...world.interactions.values()].findLast(
      (each) => each.userId === who.id && each.modal && !each.modalGone,
    )
  return {
    /** The form that is open. */
    form: (): ShownForm | undefined => {
      const opened = newest()
      return opened?.modal && shownForm(world, opened.modal)
    },
    /** Fills in the open form by custom id and sends it; what is not named stays as it was opened. */
    submits: (values: Record<string, Entry> = {}): Use => {
      const opened = need(newest(), 'form')
      const modal = need(opened.modal, 'form')
      const channel = need(world.channels.get(opened.channelId), 'channel')
      const fields = everyComponent(modal.components).map(({ component }) => component)
      const strange = Object.keys(values).find((name) => !fields.some((each) => each.custom_id === name))
      if (strange !== undefined) throw new Error(`the form has no field ${strange}`)
      const filled = startFilling(world, { channel, userId: who.id }, values)
      const components = modal.components.map(filled.part)
      opened.modalGone = true
      const interaction = makeInteraction(world, {
        type: InteractionType.ModalSubmit,
        who,
        channel,
        about: modal.customId,
        owners: opened.owners,
        message: opened.type === InteractionType.MessageComponent ? sourceOf(world, opened) : undefined,
        trigger: opened,
        data: {
          custom_id: modal.customId,
          components,
          ...(Object.keys(filled.resolved).length > 0 ? { resolved: filled.resolved } : {}),
        },
      })
      desk.deliver(interaction)
      return use(world, interaction)
    },
    closesForm: (): void => {
      need(newest(), 'form').modalGone = true
    },
  }
}

function startFilling(
  world: World,
  about: { channel: Channel; userId: string },
  values: Record<string, Entry>,
) {
  const resolved: Record<string, Record<string, unknown>> = {}
  const add = (more: Record<string, Record<string, unknown>> | undefined) => {
    for (const [kind, entries] of Object.entries(more ?? {}))
      resolved[kind] = { ...resolved[kind], ...entries }
  }
  const part = (component: Component): object => {
    const { id, type } = component
    if (type === ComponentType.TextDisplay) return { type, id }
    if (component.component) return { type, id, component: field(component.component) }
    return { type, id, components: (component.components ?? []).map(field) }
  }
  const field = (component: Component): object => {
    const { custom_id, id, type } = component
    return { type, id, custom_id, ...entryOf(component, values[custom_id ?? '']) }
  }
  const entryOf = (component: Component, given: Entry | undefined): object => {
    if (component.type === ComponentType.TextInput) return { value: textOf(component, given) }
    if (component.type === ComponentType.Checkbox) return { value: given ?? component.default === true }
    if (component.type === ComponentType.RadioGroup) return { value: radioOf(component, given) }
    if (component.type === ComponentType.FileUpload) return filesOf(component, given)
    return chosenOf(component, given)
  }
  const filesOf = (component: Component, given: Entry | undefined) => {
    const files = (given ?? []) as readonly { name: string; content: string | Buffer }[]
    const least = isRequired(component) ? Number(component.min_values ?? 1) : 0
    if (files.length < least) throw lacks(component)
    if (files.length > Number(component.max_values ?? 1)) throw new Error('that are too many files')
    const resolving = startResolving(world, about.channel)
    const ids = files.map((file) => resolving.file(file))
    add(resolving.resolved)
    return { values: ids }
  }
  const chosenOf = (component: Component, given: Entry | undefined) => {
    const chosen = given === undefined ? defaults(component) : [given].flat().map(String)
    if (chosen.length === 0 && !isRequired(component)) return { values: [] }
    const { values: taken, ...more } = choiceOf(world, about, asSelect(component), chosen)
    if ('resolved' in more) add(more.resolved)
    return { values: taken }
  }
  return { part, resolved }
}

const isRequired = (component: Component) => component.required !== false

const lacks = (component: Component) => new Error(`the form cannot be sent without ${component.custom_id}`)

function textOf(component: Component, given: Entry | undefined): string {
  const value = String(given ?? component.value ?? '')
  if (value === '') {
    if (isRequired(component)) throw lacks(component)
    return value
  }
  const isWithin =
    value.length >= Number(component.min_length ?? 0) && value.length <= Number(component.max_length ?? 4000)
  if (!isWithin) throw new Error(`${component.custom_id} is too long or short`)
  return value
}

function radioOf(component: Component, given: Entry | undefined): string | null {
  const chosen = given === undefined ? defaults(component)[0] : String(given)
  if (chosen === undefined && isRequired(component)) throw lacks(component)
  return chosen ?? null
}

const defaults = (component: Component): string[] =>
  ((component.options ?? []) as { value: string; default?: boolean }[])
    .filter((each) => each.default)
    .map((each) => each.value)

/** A group of boxes is chosen from like a fixed list. */
const asSelect = (component: Component): Component =>
  component.type === ComponentType.CheckboxGroup
    ? { ...component, type: ComponentType.StringSelect, max_values: component.max_values ?? 10 }
    : component
