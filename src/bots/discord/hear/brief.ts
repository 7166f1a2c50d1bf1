import type { APIAttachment, APIChatInputApplicationCommandInteraction } from 'discord.js'
import { formatUsd, plural } from '../../../core/format.ts'
import type { ThreadId } from '../../../core/thread-id.ts'
import { threadId } from '../../../core/thread-id.ts'
import type { Accepted } from '../../../storage/briefs/accept.ts'
import { parseCap } from '../../desk/cap.ts'
import { sentenceOf } from '../../desk/sentence.ts'
import { takeWish } from '../../desk/take.ts'
import { whyNotHere } from '../../take/refusals.ts'
import { shortened } from '../../words/cut.ts'
import { harmlessLine } from '../../words/harmless.ts'
import { addressedFile } from '../file-source.ts'
import { momentOf } from '../snowflake.ts'
import type { Answering } from './answering.ts'
import type { HearDeps } from './deps.ts'
import { withEffort } from './effort.ts'
import type { Typed } from './options.ts'
import { lackingWords, threadAt, type Where, whereOf } from './where.ts'
import { actingOf, type DiscordActing } from './who.ts'
import { plain } from './words.ts'

interface Asked {
  interaction: APIChatInputApplicationCommandInteraction
  answering: Answering
  typed: Typed
}

/**
 * `/loom brief`: acknowledged before anything else is looked at, made durable, then said in a line. The message that
 * holds the line is where the brief's thread begins. Throws where Discord takes no acknowledgement: then nothing is done.
 */
export async function hearBrief(deps: HearDeps, asked: Asked): Promise<void> {
  const { answering, interaction } = asked
  const where = whereOf(interaction)
  const lacking = lackingWords(where, interaction)
  const ephemeral = lacking !== undefined || where.kind === 'elsewhere'
  const { messageId } = await deps.turns.first(() => answering.defer({ ephemeral }))
  const work = () => take(deps, { ...asked, messageId })
  const [line = { content: '…' }] = plain(
    lacking ?? (await deps.turns.later(work).catch((thrown: unknown) => refusal(deps, asked, thrown))),
  )
  await answering.edit(line)
}

function refusal(deps: HearDeps, { interaction }: Asked, thrown: unknown): string {
  return sentenceOf(deps, thrown, { interaction: interaction.id, command: 'brief' })
}

/** What was taken, in a line. */
async function take(
  deps: HearDeps,
  { interaction, messageId, typed }: Asked & { messageId: string },
): Promise<string> {
  const acting = await actingOf(deps, interaction)
  const { where } = acting
  const { text = '', cap, effort } = typed.texts
  const files = typed.files.flatMap((id) => attachmentOf(interaction, id) ?? [])
  const capMicroUsd = cap === undefined ? undefined : await parseCap(deps, acting, dollars(cap))
  const accepted = await takeWish(deps, acting, {
    place: acting.place,
    refused: refusedAt(acting),
    mayJoin: true,
    mention: {
      thread: await threadFor(deps, acting, messageId),
      key: `discord:interaction:${interaction.id}`,
      author: { externalId: acting.userId },
      text: withEffort(text, effort),
      files: files.map(addressedFile),
      saidAtMs: momentOf(interaction.id),
      hasHistory: where.kind === 'thread',
      ...(capMicroUsd === undefined ? {} : { capMicroUsd }),
    },
  })
  const facts = [
    ...(files.length > 0 ? [plural(files.length, 'file')] : []),
    ...(capMicroUsd === undefined ? [] : [`at most ${formatUsd(capMicroUsd)}`]),
  ]
  return takenWords(accepted, { text, facts, where })
}

/** Why Loom may not work in a channel, by what an admin set. */
export function refusedAt({ place, where }: DiscordActing): string | undefined {
  if (where.kind === 'elsewhere' || where.kind === 'direct') return undefined
  return whyNotHere({ channel: where.channelId, direct: false, external: false }, place)
}

/** The thread of what is asked for; what is asked where Loom is not goes to the person's direct messages. */
export async function threadFor(
  deps: HearDeps,
  { userId, where }: DiscordActing,
  messageId: string,
): Promise<ThreadId> {
  if (where.kind !== 'elsewhere') return threadAt(where, messageId)
  const { channelId } = await deps.openDirect(userId)
  return threadId('discord', channelId, channelId)
}

const mostChars = 300

export function takenWords(
  accepted: Accepted,
  { facts, text, where }: { text: string; facts: readonly string[]; where: Where },
): string {
  const there =
    where.kind === 'elsewhere' ? ' Everything that comes of it is in your direct messages with Loom.' : ''
  switch (accepted.kind) {
    case 'job':
    case 'duplicate':
      return [shortened(harmlessLine(text), mostChars), ...facts].join(' · ') + (there && `\n${there.trim()}`)
    case 'steered':
      return `Passed on to the agents that are at work there.${there}`
    case 'answered':
      return `Passed on as the answer that the agents waited for.${there}`
    case 'scheduled':
      return `Kept as a brief that recurs.${there}`
  }
}

function attachmentOf(
  { data }: APIChatInputApplicationCommandInteraction,
  id: string,
): APIAttachment | undefined {
  return data.resolved?.attachments?.[id]
}

/** As people write an amount; Discord sends a number. */
function dollars(cap: string): string {
  const amount = Number(cap)
  return Number.isFinite(amount) ? amount.toFixed(2) : cap
}
