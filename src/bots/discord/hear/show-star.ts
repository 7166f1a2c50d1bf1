import { type APIMessage, type APIMessageTopLevelComponent, ComponentType, MessageFlags } from 'discord.js'
import { starWords } from '../../words/star-words.ts'
import { customId, type Pressed, parseCustomId } from '../custom-id.ts'
import type { Said } from './answering.ts'

/** The message in which a file got its star or lost it, with that one button turned over; `undefined` where there is none. */
export function starTurned(message: APIMessage, pressed: Pressed): Said | undefined {
  if (pressed.verb !== 'star' && pressed.verb !== 'unstar') return undefined
  const next = pressed.verb === 'star' ? 'unstar' : 'star'
  let turned = false
  const turn = (component: unknown): unknown => {
    if (Array.isArray(component)) return component.map(turn)
    if (typeof component !== 'object' || component === null) return component
    const parts = Object.entries(component).map(([name, value]) => [
      name,
      nests.has(name) ? turn(value) : value,
    ])
    const whole: Record<string, unknown> = Object.fromEntries(parts)
    if (whole.type === ComponentType.File) return ownFile(whole)
    const about = typeof whole.custom_id === 'string' ? parseCustomId(whole.custom_id) : undefined
    if (about?.verb !== pressed.verb || about.subject !== pressed.subject) return whole
    turned = true
    return { ...whole, label: starWords[next], custom_id: customId({ ...about, verb: next }) }
  }
  // As Discord itself sent them, but for one button.
  const components = turn(message.components ?? []) as APIMessageTopLevelComponent[]
  const flags = (message.flags ?? 0) & MessageFlags.IsComponentsV2
  return turned ? { components, ...(flags === 0 ? {} : { flags }) } : undefined
}

const nests: ReadonlySet<string> = new Set(['components', 'accessory', 'component'])

/** A file of the message is named by what it was sent as: its address there is no address to send. */
function ownFile({ file: _, ...rest }: Record<string, unknown>): Record<string, unknown> {
  return { ...rest, file: { url: `attachment://${String(rest.name)}` } }
}
