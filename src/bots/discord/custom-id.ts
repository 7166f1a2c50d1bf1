import { z } from 'zod'
import { LoomError } from '../../core/errors.ts'

/** What can be pressed or chosen in a message of ours. */
export const pressVerbs = [
  'stop',
  'cap',
  'raise',
  'finish',
  'details',
  'answer', // `value` is the index of the choice
  'answer-free', // opens a form for other words
  'approve',
  'deny',
  'star',
  'unstar',
  'good',
  'bad',
  'rerun',
  'drop',
] as const
export type PressVerb = (typeof pressVerbs)[number]

/** What a component hands back: ids alone, never text. */
export interface Pressed {
  verb: PressVerb
  jobId: string
  /** The question, the approval, the artifact or the agent's task. */
  subject?: string | undefined
  /** A few letters or digits, such as the index of a choice. */
  value?: string | undefined
}

const prefix = 'loom'
const most = 100

/**
 * The `custom_id` of a component: at most 100 characters. Throws where an id is no UUID or `value` is no short word,
 * which would be a fault of ours.
 */
export function customId({ jobId, subject, value, verb }: Pressed): string {
  const parts = [prefix, verb, packed(jobId), subject === undefined ? '' : packed(subject), value ?? '']
  const id = parts.join(':').replace(/:+$/u, '')
  if (parseCustomId(id) === undefined)
    throw new LoomError({
      kind: 'internal',
      message: 'Something went wrong inside Loom. What was finished is kept.',
      detail: `no custom id for ${verb}`,
    })
  return id
}

const shape = z
  .tuple([
    z.literal(prefix),
    z.enum(pressVerbs),
    z.string(),
    z.string().default(''),
    z
      .string()
      .regex(/^[\w-]{0,32}$/u)
      .default(''),
  ])
  .transform(([, verb, job, subject, value]) => ({ verb, job, subject, value }))

/** What a client handed back; `undefined` for what is not ours. The ids are to be looked up: anyone can send any. */
export function parseCustomId(text: string): Pressed | undefined {
  if (text.length > most) return undefined
  const found = shape.safeParse(text.split(':')).data
  if (!found) return undefined
  const jobId = unpacked(found.job)
  const subject = found.subject === '' ? undefined : unpacked(found.subject)
  if (jobId === undefined || (found.subject !== '' && subject === undefined)) return undefined
  return {
    verb: found.verb,
    jobId,
    ...(subject === undefined ? {} : { subject }),
    ...(found.value === '' ? {} : { value: found.value }),
  }
}

const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/u

/** A UUID in 22 letters; nothing that could be read back for what is none. */
function packed(id: string): string {
  return uuid.test(id) ? Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url') : '?'
}

function unpacked(text: string): string | undefined {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length !== 16 || bytes.toString('base64url') !== text) return undefined
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
