import { ComponentType } from 'discord.js'
import { z } from 'zod'
import { badForm } from '../api/refusal.ts'
import type { Component, Modal } from '../world.ts'
import { selects, textDisplay } from './component-shapes.ts'
import { duplicates, everyComponent, numbered } from './components.ts'
import { fault, parseForm } from './form.ts'

const id = z.number().int().min(0).optional()
const customId = z.string().min(1).max(100)
const required = z.boolean().optional()

const textInput = z
  .strictObject({
    type: z.literal(ComponentType.TextInput),
    id,
    custom_id: customId,
    style: z.union([z.literal(1), z.literal(2)]),
    label: z.string().min(1).max(45).optional(),
    min_length: z.number().int().min(0).max(4000).optional(),
    max_length: z.number().int().min(1).max(4000).optional(),
    required,
    value: z.string().max(4000).optional(),
    placeholder: z.string().max(100).optional(),
  })
  .superRefine(({ max_length: most = 4000, min_length: least = 0, value }, context) => {
    if (least > most) {
      context.addIssue(
        fault('TEXT_INPUT_MIN_LENGTH_GREATER_THAN_MAX', 'The minimum is above the maximum', ['min_length']),
      )
    }
    if (value !== undefined && value.length > most && most < 4000) {
      context.addIssue(fault('BASE_TYPE_MAX_LENGTH', `Must be ${most} or fewer in length.`, ['value']))
    }
  })

const choices = z
  .array(
    z.strictObject({
      value: z.string().min(1).max(100),
      label: z.string().min(1).max(100),
      description: z.string().max(100).optional(),
      default: z.boolean().optional(),
    }),
  )
  .min(1)
  .max(10)

const some = {
  min_values: z.number().int().min(0).max(10).optional(),
  max_values: z.number().int().min(1).max(10).optional(),
}

const labelled = z.discriminatedUnion('type', [
  textInput,
  ...selects,
  z.strictObject({
    type: z.literal(ComponentType.FileUpload),
    id,
    custom_id: customId,
    ...some,
    file_types: z.array(z.unknown()).optional(),
    required,
  }),
  z.strictObject({
    type: z.literal(ComponentType.RadioGroup),
    id,
    custom_id: customId,
    options: choices.min(2),
    required,
  }),
  z.strictObject({
    type: z.literal(ComponentType.CheckboxGroup),
    id,
    custom_id: customId,
    options: choices,
    ...some,
    required,
  }),
  z.strictObject({
    type: z.literal(ComponentType.Checkbox),
    id,
    custom_id: customId,
    default: z.boolean().optional(),
  }),
])

const row = z
  .strictObject({
    type: z.literal(ComponentType.ActionRow),
    id,
    components: z.array(textInput).min(1).max(1),
  })
  .superRefine(({ components }, context) => {
    components.forEach((each, index) => {
      if (each.label === undefined) {
        context.addIssue(
          fault('BASE_TYPE_REQUIRED', 'This field is required', ['components', index, 'label']),
        )
      }
    })
  })

const label = z
  .strictObject({
    type: z.literal(ComponentType.Label),
    id,
    label: z.string().min(1).max(45),
    description: z.string().max(100).optional(),
    component: labelled,
  })
  .superRefine(({ component }, context) => {
    if ('label' in component && component.label !== undefined) {
      context.addIssue(
        fault('TEXT_INPUT_LABEL_IN_LABEL', 'The label stands around it', ['component', 'label']),
      )
    }
    if ('disabled' in component && component.disabled) {
      context.addIssue(
        fault('SELECT_DISABLED_IN_MODAL', 'Nothing is disabled in a modal', ['component', 'disabled']),
      )
    }
  })

const modal = z.strictObject({
  custom_id: customId,
  title: z.string().min(1).max(45),
  components: z
    .array(z.discriminatedUnion('type', [row, label, textDisplay]))
    .min(1)
    .max(5),
})

export function takeModal(given: unknown): Modal {
  const taken = parseForm(modal, given ?? {}, ['data'])
  const components = taken.components as Component[]
  const faults = duplicates(everyComponent(components, ['data', 'components']))
  if (faults.length > 0) throw badForm(faults)
  return { customId: taken.custom_id, title: taken.title, components: numbered(components) }
}
