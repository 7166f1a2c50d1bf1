import type {
  APIMessage,
  APIMessageApplicationCommandInteraction,
  APIModalSubmitInteraction,
} from 'discord.js'
import { LoomError } from '../../../core/errors.ts'
import { parseCap } from '../../desk/cap.ts'
import { takeWish } from '../../desk/take.ts'
import { addressedFile } from '../file-source.ts'
import { attachmentsOf } from '../read/files.ts'
import { readMessage } from '../read/message.ts'
import { messageShape } from '../read/shape.ts'
import { momentOf } from '../snowflake.ts'
import { refusedAt, takenWords, threadFor } from './brief.ts'
import type { HearDeps } from './deps.ts'
import { type FormId, proofOf, takeFormId } from './form-id.ts'
import { type Filled, form, textField } from './forms.ts'
import type { Outcome } from './outcome.ts'
import { lackingWords } from './where.ts'
import { actingOf, type DiscordActing } from './who.ts'
import { plain } from './words.ts'

/** "Take this to Loom" on a message: asks what Loom should do with it. Throws `forbidden` where it may not work there. */
export async function takeForm(
  deps: HearDeps,
  interaction: APIMessageApplicationCommandInteraction,
): Promise<Outcome> {
  const acting = await actingOf(deps, interaction)
  const refused = lackingWords(acting.where, interaction) ?? refusedAt(acting)
  if (refused !== undefined) throw new LoomError({ kind: 'forbidden', message: refused })
  const { resolved, target_id: messageId } = interaction.data
  const proof = await proofOf(deps, acting, { channelId: interaction.channel.id, messageId })
  const reads = readsThere(deps, acting)
  return {
    kind: 'form',
    form: form({
      customId: takeFormId({ messageId, proof }),
      title: 'Take this to Loom',
      fields: [
        textField({
          name: 'words',
          label: 'What should Loom do with it?',
          hint: reads
            ? 'It reads the whole thread and its files. The answer comes into the thread.'
            : 'It is given the message as it stands below.',
          initial: 'Do what this message asks for.',
          lines: true,
          most: 3_000,
        }),
        textField({
          name: 'cap',
          label: 'Cap in dollars',
          hint: 'Without it the usual cap of a job holds.',
          optional: true,
          most: 20,
        }),
        ...(reads ? [] : shownFields(acting, { interaction, message: resolved.messages[messageId] })),
      ],
    }),
  }
}

/**
 * Whether Loom reads by itself what stands in a place. Without that it has the message in this one interaction alone: it
 * stands in the form, and comes with it.
 */
function readsThere({ readsMessages }: HearDeps, { where }: DiscordActing): boolean {
  return readsMessages() && (where.kind === 'thread' || where.kind === 'channel')
}

function shownFields(
  { place }: DiscordActing,
  {
    interaction,
    message,
  }: { interaction: APIMessageApplicationCommandInteraction; message: APIMessage | undefined },
) {
  const found = messageShape.safeParse(message).data
  if (!found) return []
  const reading = { botUserId: place.botUserId, appId: interaction.application_id }
  const { author, text } = readMessage(found, reading).message
  const files = attachmentsOf(found).map(({ url }) => url)
  return [
    textField({
      name: 'message',
      label: 'The message',
      initial: text === '' ? '' : `${author.name ?? 'Somebody'} wrote:\n${text}`,
      lines: true,
      optional: true,
    }),
    ...(files.length > 0
      ? [
          textField({
            name: 'files',
            label: 'Its files',
            hint: 'By their addresses, one a line. Take away what Loom should not see.',
            initial: files.join('\n'),
            lines: true,
            optional: true,
          }),
        ]
      : []),
  ]
}

/** Takes the message once the form is sent: the thread that it stands in, or one that begins with it. */
export async function takeSent(
  deps: HearDeps,
  acting: DiscordActing,
  input: { interaction: APIModalSubmitInteraction; id: FormId & { form: 'take' }; filled: Filled },
): Promise<Outcome> {
  const { filled, id, interaction } = input
  const { userId, where } = acting
  const { messageId } = id
  const proof = await proofOf(deps, acting, { channelId: interaction.channel?.id ?? '', messageId })
  if (proof !== id.proof)
    throw new LoomError({ kind: 'not_found', message: 'That message is no longer there.' })
  const amount = filled.text('cap').trim()
  const cap = amount === '' ? {} : { capMicroUsd: await parseCap(deps, acting, amount) }
  const message = filled.text('message').trim()
  const text = filled.text('words').trim()
  const accepted = await takeWish(deps, acting, {
    place: acting.place,
    refused: lackingWords(where, interaction) ?? refusedAt(acting),
    mayJoin: where.kind === 'direct' || where.kind === 'elsewhere',
    mention: {
      ...cap,
      thread: await threadFor(deps, acting, messageId),
      key: `discord:interaction:${interaction.id}`,
      author: { externalId: userId },
      text: message === '' ? text : `${text}\n\nThe message:\n${message}`,
      files: filesIn(filled.text('files')),
      saidAtMs: momentOf(interaction.id),
      hasHistory: where.kind === 'thread' || where.kind === 'channel',
    },
  })
  const words = takenWords(accepted, { text, facts: ['the answer comes into the thread'], where })
  return { kind: 'words', messages: plain(words) }
}

const mostFiles = 10

/** The addresses as they came back. Whether a file lies there with Discord is for its fetcher to see. */
function filesIn(text: string) {
  return text
    .split(/\s+/)
    .filter((word) => URL.canParse(word))
    .slice(0, mostFiles)
    .map((url) => addressedFile({ url, filename: nameIn(url) }))
}

function nameIn(url: string): string {
  const last = new URL(url).pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(last) || 'file'
  } catch {
    return last
  }
}
