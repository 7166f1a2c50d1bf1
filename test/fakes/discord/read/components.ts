import { ButtonStyle, ComponentType } from 'discord.js'
import type { Component, World } from '../world.ts'
import { type Rendered, renderMarkdown } from './markdown.ts'

export interface ShownButton {
  label: string
  customId: string | undefined
  url: string | undefined
  style: keyof typeof ButtonStyle
  disabled: boolean
  emoji: string | undefined
}

export interface ShownSelect {
  customId: string
  /** A fixed list of words, or people, roles and channels. */
  kind: 'words' | 'user' | 'role' | 'mentionable' | 'channel'
  placeholder: string | undefined
  options: { label: string; value: string; description: string | undefined; chosen: boolean }[]
  disabled: boolean
  min: number
  max: number
}

/** What components say, line by line, as they stand from top to bottom. */
export function renderComponents(world: World, components: readonly Component[]): Rendered {
  const parts = components.flatMap((each) => linesOf(each)).map((source) => renderMarkdown(world, source))
  return {
    text: parts.map(({ text }) => text).join('\n'),
    links: parts.flatMap(({ links }) => links),
    previews: parts.flatMap(({ previews }) => previews),
  }
}

function linesOf(component: Component): string[] {
  if (component.type === ComponentType.TextDisplay) return [String(component.content)]
  if (component.type === ComponentType.Label) {
    return [String(component.label), ...(component.description ? [String(component.description)] : [])]
  }
  return (component.components ?? []).flatMap(linesOf)
}

/** All that can be pressed or chosen from, wherever it stands. */
export function leavesOf(components: readonly Component[]): Component[] {
  return components.flatMap((each) => {
    const inner = [
      ...(each.components ?? []),
      ...(each.accessory ? [each.accessory] : []),
      ...(each.component ? [each.component] : []),
    ]
    return inner.length > 0 ? leavesOf(inner) : [each]
  })
}

export function buttonsOf(components: readonly Component[]): ShownButton[] {
  return leavesOf(components)
    .filter((each) => each.type === ComponentType.Button)
    .map((each) => ({
      label: String(each.label ?? ''),
      customId: each.custom_id ?? undefined,
      url: (each.url as string | null | undefined) ?? undefined,
      style: ButtonStyle[each.style as ButtonStyle] as keyof typeof ButtonStyle,
      disabled: each.disabled === true,
      emoji: (each.emoji as { name?: string } | undefined)?.name,
    }))
}

const selectKinds: Record<number, ShownSelect['kind']> = {
  5: 'user',
  6: 'role',
  7: 'mentionable',
  8: 'channel',
}

export const isSelect = (component: Component): boolean =>
  component.type === ComponentType.StringSelect || (component.type >= 5 && component.type <= 8)

export function selectsOf(components: readonly Component[]): ShownSelect[] {
  return leavesOf(components)
    .filter(isSelect)
    .map((each) => ({
      customId: each.custom_id ?? '',
      kind: selectKinds[each.type] ?? 'words',
      placeholder: (each.placeholder as string | undefined) ?? undefined,
      options: ((each.options ?? []) as Record<string, unknown>[]).map((option) => ({
        label: String(option.label),
        value: String(option.value),
        description: option.description as string | undefined,
        chosen: option.default === true,
      })),
      disabled: each.disabled === true,
      min: Number(each.min_values ?? 1),
      max: Number(each.max_values ?? 1),
    }))
}
