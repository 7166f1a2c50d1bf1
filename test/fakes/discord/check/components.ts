import { ComponentType } from 'discord.js'
import { badForm, type FormFault } from '../api/refusal.ts'
import type { Component } from '../world.ts'
import { legacy, second } from './component-shapes.ts'
import { parseForm } from './form.ts'

/** Every component with the place where it stands, from the outside in. */
export function everyComponent(
  components: readonly Component[],
  at: readonly PropertyKey[] = ['components'],
): { component: Component; path: readonly PropertyKey[] }[] {
  return components.flatMap((component, index) => {
    const path = [...at, index]
    const accessory = component.accessory
      ? [{ component: component.accessory, path: [...path, 'accessory'] }]
      : []
    const labelled = component.component
      ? [{ component: component.component, path: [...path, 'component'] }]
      : []
    return [
      { component, path },
      ...everyComponent(component.components ?? [], [...path, 'components']),
      ...accessory,
      ...labelled,
    ]
  })
}

/** Components as a message may have them, each with an id. `files` are the names that `attachment://` can mean. */
export function takeComponents(
  given: unknown,
  options: { isSecond: boolean; files: readonly string[] },
): Component[] {
  const taken = parseForm(options.isSecond ? second : legacy, given, ['components']) as Component[]
  const all = everyComponent(taken)
  const faults = [...totals(all), ...duplicates(all), ...strangeFiles(all, options.files)]
  if (faults.length > 0) throw badForm(faults)
  return numbered(taken)
}

type Placed = ReturnType<typeof everyComponent>

function totals(all: Placed): FormFault[] {
  const path = ['components']
  const text = all.reduce((sum, { component }) => sum + textLength(component), 0)
  return [
    ...(all.length > 40
      ? [
          {
            path,
            code: 'COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED',
            message: 'The maximum number of components in a message is 40',
          },
        ]
      : []),
    ...(text > 4000
      ? [
          {
            path,
            code: 'COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED',
            message: 'The maximum number of characters that a message can show is 4000',
          },
        ]
      : []),
  ]
}

const textLength = ({ content, type }: Component) =>
  type === ComponentType.TextDisplay && typeof content === 'string' ? content.length : 0

export function duplicates(all: Placed): FormFault[] {
  const customIds = all.flatMap(({ component, path }) =>
    component.custom_id ? [{ path, value: component.custom_id }] : [],
  )
  const ids = all.flatMap(({ component, path }) => (component.id ? [{ path, value: component.id }] : []))
  return [
    ...repeated(customIds).map(({ path }) => ({
      path: [...path, 'custom_id'],
      code: 'COMPONENT_CUSTOM_ID_DUPLICATED',
      message: 'Component custom id cannot be duplicated',
    })),
    ...repeated(ids).map(({ path }) => ({
      path: [...path, 'id'],
      code: 'COMPONENT_ID_DUPLICATED',
      message: 'Component id cannot be duplicated',
    })),
  ]
}

function repeated<Value>(all: { path: readonly PropertyKey[]; value: Value }[]) {
  return all.filter(({ value }, index) => all.findIndex((each) => each.value === value) !== index)
}

function strangeFiles(all: Placed, files: readonly string[]): FormFault[] {
  return all.flatMap(({ component, path }) =>
    mediaOf(component).flatMap(({ at, url }) => {
      const isOwn = url.startsWith('attachment://')
      const name = url.slice('attachment://'.length)
      if (isOwn && files.includes(name)) return []
      if (!isOwn && component.type !== ComponentType.File && /^https?:\/\//.test(url)) return []
      return [
        {
          path: [...path, ...at, 'url'],
          code: isOwn
            ? 'UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND'
            : 'UNFURLED_MEDIA_ITEM_INVALID_URL',
          message: isOwn ? 'The referenced attachment was not found' : 'Only attachment:// goes here',
        },
      ]
    }),
  )
}

/** The addresses of files and pictures that a component shows. */
export function mediaOf(component: Component): { at: PropertyKey[]; url: string }[] {
  const addressOf = (value: unknown) => String((value as { url?: unknown } | undefined)?.url ?? '')
  if (component.type === ComponentType.File) return [{ at: ['file'], url: addressOf(component.file) }]
  if (component.type === ComponentType.Thumbnail) return [{ at: ['media'], url: addressOf(component.media) }]
  if (component.type !== ComponentType.MediaGallery) return []
  return (component.items as { media: unknown }[]).map((item, index) => ({
    at: ['items', index, 'media'],
    url: addressOf(item.media),
  }))
}

/** Discord numbers the components that have no id of their own. */
export function numbered(components: Component[]): Component[] {
  const all = everyComponent(components).map(({ component }) => component)
  const taken = new Set(all.flatMap((each) => (each.id ? [each.id] : [])))
  let next = 1
  for (const each of all) {
    if (each.id) continue
    while (taken.has(next)) next += 1
    taken.add(next)
    each.id = next
  }
  return components
}
