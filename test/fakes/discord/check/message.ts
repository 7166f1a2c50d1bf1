import { type APIEmbed, MessageFlags } from 'discord.js'
import { z } from 'zod'
import { badForm, refused } from '../api/refusal.ts'
import type { AllowedMentions } from '../mentions.ts'
import type { Attachment, Component, Message } from '../world.ts'
import { takeComponents } from './components.ts'
import { type Upload, uploadName } from './files.ts'
import { fault, parseForm } from './form.ts'

const snowflake = z.string().regex(/^\d+$/)

const embed = z.looseObject({
  title: z.string().max(256).nullish(),
  description: z.string().max(4096).nullish(),
  url: z.string().max(2048).nullish(),
  color: z.number().int().min(0).max(0xffffff).nullish(),
  fields: z
    .array(z.looseObject({ name: z.string().min(1).max(256), value: z.string().min(1).max(1024) }))
    .max(25)
    .nullish(),
  footer: z.looseObject({ text: z.string().min(1).max(2048) }).nullish(),
  author: z.looseObject({ name: z.string().min(1).max(256) }).nullish(),
})

const allowedMentions = z
  .strictObject({
    parse: z.array(z.enum(['users', 'roles', 'everyone'])).optional(),
    users: z.array(snowflake).max(100).optional(),
    roles: z.array(snowflake).max(100).optional(),
    replied_user: z.boolean().optional(),
  })
  .superRefine(({ parse = [], roles = [], users = [] }, context) => {
    for (const [kind, ids] of [
      ['users', users],
      ['roles', roles],
    ] as const) {
      if (!parse.includes(kind) || ids.length === 0) continue
      const message = `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`
      context.addIssue(fault('MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE', message))
    }
  })

const reference = z.strictObject({
  type: z.literal(0).optional(),
  message_id: snowflake,
  channel_id: snowflake.optional(),
  guild_id: snowflake.optional(),
  fail_if_not_exists: z.boolean().optional(),
})

const attachment = z.looseObject({
  id: z.union([snowflake, z.number().int().transform(String)]),
  filename: z.string().max(1024).optional(),
  title: z.string().max(1024).nullish(),
  description: z.string().max(1024).nullish(),
})

const body = z.strictObject({
  content: z.string().max(2000).nullish(),
  nonce: z.union([z.string().max(25), z.number().int()]).nullish(),
  enforce_nonce: z.boolean().optional(),
  tts: z.boolean().optional(),
  embeds: z.array(embed).max(10).nullish(),
  allowed_mentions: allowedMentions.nullish(),
  message_reference: reference.nullish(),
  components: z.unknown().optional(),
  flags: z.number().int().min(0).nullish(),
  attachments: z.array(attachment).max(10).nullish(),
})

/** What somebody wants to post, checked. */
export interface Draft {
  content: string
  embeds: APIEmbed[]
  components: Component[]
  flags: number
  /** Files that were there before and stay. */
  kept: Attachment[]
  uploads: Upload[]
  allowed: AllowedMentions | undefined
  nonce: string | number | undefined
  enforceNonce: boolean
  reference: z.output<typeof reference> | undefined
  /** Whether anything but flags was named. */
  touches: boolean
}

export interface Taking {
  /** Flags that may be set here. */
  flags: number
  fileLimit: number
  /** The message that is changed. */
  before?: Message
}

export const sendFlags =
  MessageFlags.SuppressEmbeds | MessageFlags.SuppressNotifications | MessageFlags.IsComponentsV2
export const answerFlags = sendFlags | MessageFlags.Ephemeral
export const editFlags = MessageFlags.SuppressEmbeds | MessageFlags.IsComponentsV2

/** A message's body as the API takes it, for a new message or a change. */
export function takeMessage(given: { body: unknown; files: readonly Upload[] }, taking: Taking): Draft {
  const { before, fileLimit } = taking
  const form = parseForm(body, given.body ?? {})
  for (const file of given.files) if (file.bytes.length > fileLimit) throw refused('tooLarge')
  const flags = flagsOf(form.flags ?? undefined, taking)
  const isSecond = (flags & MessageFlags.IsComponentsV2) !== 0
  const { kept, uploads } = filesOf(given.files, form.attachments ?? undefined, before)
  const files = [...kept.map((file) => file.filename), ...uploads.map(uploadName)]
  // What a change does not name stays as it was; null takes it away.
  const stays = before ?? { content: '', embeds: [], components: [] }
  const content = form.content === undefined ? stays.content : (form.content ?? '')
  const embeds = form.embeds === undefined ? stays.embeds : ((form.embeds ?? []) as APIEmbed[])
  const components =
    form.components === undefined
      ? stays.components
      : takeComponents(form.components ?? [], { isSecond, files })
  if (isSecond) refuseLegacy({ content, embeds })
  refuseBigEmbeds(embeds)
  const parts = isSecond
    ? components.length
    : content.trim().length + embeds.length + components.length + files.length
  if (parts === 0) throw refused('emptyMessage')
  return {
    content,
    embeds,
    components,
    flags,
    kept,
    uploads,
    allowed: form.allowed_mentions ?? undefined,
    nonce: form.nonce ?? undefined,
    enforceNonce: form.enforce_nonce === true,
    reference: form.message_reference ?? undefined,
    touches: parted.some((name) => name in form) || uploads.length > 0,
  }
}

const parted = ['content', 'embeds', 'components', 'attachments']

/** The files that stay and those that come: ten in all. */
function filesOf(
  files: readonly Upload[],
  named: readonly z.output<typeof attachment>[] | undefined,
  before: Message | undefined,
) {
  const uploads = described(files, named ?? [], before)
  const kept = (before?.attachments ?? []).filter(
    (file) => named === undefined || named.some((each) => each.id === file.id),
  )
  if (kept.length + uploads.length <= 10) return { kept, uploads }
  throw badForm([
    { path: ['attachments'], code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 10 or fewer in length.' },
  ])
}

/** Flags as they will be: what a message has of its own stays, and Components V2 is never taken back. */
function flagsOf(given: number | undefined, { before, flags: allowed }: Taking): number {
  if (given === undefined) return before?.flags ?? 0
  // Flags that may not be set are passed over in silence, as Discord does.
  const set = given & allowed
  if (!before) return set
  return (before.flags & ~MessageFlags.SuppressEmbeds) | set
}

function refuseLegacy({ content, embeds }: { content: string; embeds: readonly unknown[] }) {
  const used = [...(content === '' ? [] : ['content']), ...(embeds.length === 0 ? [] : ['embeds'])]
  if (used.length === 0) return
  throw badForm(
    used.map((name) => ({
      path: [name],
      code: 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
      message: `The '${name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2`,
    })),
  )
}

function refuseBigEmbeds(embeds: readonly APIEmbed[]) {
  const size = embeds.reduce((sum, each) => sum + embedSize(each), 0)
  if (size <= 6000) return
  throw badForm([
    { path: ['embeds'], code: 'MAX_EMBED_SIZE_EXCEEDED', message: 'Embed size exceeds maximum size of 6000' },
  ])
}

function embedSize(each: APIEmbed): number {
  const fields = (each.fields ?? []).flatMap(({ name, value }) => [name, value])
  return [each.title, each.description, each.footer?.text, each.author?.name, ...fields].reduce(
    (sum, text) => sum + (text?.length ?? 0),
    0,
  )
}

/** Uploaded files with what the body says of them; an entry without a file is refused. */
function described(
  files: readonly Upload[],
  entries: readonly z.output<typeof attachment>[],
  before: Message | undefined,
): Upload[] {
  const isKnown = (id: string) =>
    files.some((file) => file.index === id) || before?.attachments.some((file) => file.id === id)
  const strange = entries.findIndex(({ id }) => !isKnown(id))
  if (strange >= 0) {
    throw badForm([
      {
        path: ['attachments', strange, 'id'],
        code: 'ATTACHMENT_NOT_FOUND',
        message: 'No file was uploaded with this id',
      },
    ])
  }
  return files.map((file) => {
    const entry = entries.find(({ id }) => id === file.index)
    return {
      ...file,
      name: entry?.filename ?? file.name,
      description: entry?.description ?? undefined,
      title: entry?.title ?? file.title,
    }
  })
}
