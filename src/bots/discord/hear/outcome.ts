import type { APIModalInteractionResponseCallbackData } from 'discord.js'
import { toLoomError } from '../../../core/errors.ts'
import type { Log } from '../../../core/ports.ts'
import { inTime } from '../../in-time.ts'
import type { Answering, Said } from './answering.ts'

/** What an interaction came to, for the one person. */
export type Outcome =
  /** The thread shows it. */
  | { kind: 'seen' }
  /** A word for the person alone, in as many messages as it takes. */
  | { kind: 'words'; messages: readonly Said[] }
  /** In place of the message that was pressed. */
  | { kind: 'here'; message: Said }
  | { kind: 'form'; form: APIModalInteractionResponseCallbackData }

interface Answered {
  answering: Answering
  /** It came from a message, which stays as it is until something else is said. */
  pressed: boolean
}

/**
 * Waits for what an interaction comes to and shows it. What takes longer than Discord waits is acknowledged meanwhile.
 * That it cannot be shown any more is logged: what was done is done.
 */
export async function show(
  deps: { log: Log },
  { answering, pressed }: Answered,
  work: Promise<Outcome>,
): Promise<void> {
  const ended = await inTime(work)
  try {
    if (ended !== 'late') return await showInTime(answering, { outcome: ended.value, pressed })
    await (pressed ? answering.deferUpdate() : answering.defer({ ephemeral: true }))
    await showLate(answering, { outcome: await work, pressed })
  } catch (thrown) {
    // Whatever the platform says by now, the work itself goes to its end.
    await work
    const { detail, kind } = toLoomError(thrown)
    deps.log.warn({ kind, detail }, 'what an interaction came to could not be shown')
  }
}

interface Ended {
  outcome: Outcome
  pressed: boolean
}

async function showInTime(answering: Answering, { outcome, pressed }: Ended): Promise<void> {
  switch (outcome.kind) {
    case 'seen':
      return pressed ? answering.deferUpdate() : sayAll(answering, [{ content: 'Done.' }])
    case 'words':
      return sayAll(answering, outcome.messages)
    case 'here':
      return answering.update(outcome.message)
    case 'form':
      return answering.modal(outcome.form)
  }
}

async function sayAll(answering: Answering, [first, ...others]: readonly Said[]): Promise<void> {
  await answering.reply(first ?? { content: '…' }, { ephemeral: true })
  for (const message of others) await answering.followUp(message, { ephemeral: true })
}

async function showLate(answering: Answering, { outcome, pressed }: Ended): Promise<void> {
  switch (outcome.kind) {
    case 'seen':
      return pressed ? undefined : answering.edit({ content: 'Done.' })
    case 'here':
      return answering.edit(outcome.message)
    case 'form':
      return sayLate(answering, { messages: [{ content: 'That took Loom too long. Press again.' }], pressed })
    case 'words':
      return sayLate(answering, { messages: outcome.messages, pressed })
  }
}

async function sayLate(
  answering: Answering,
  { messages, pressed }: { messages: readonly Said[]; pressed: boolean },
): Promise<void> {
  const [first, ...others] = messages
  if (first && !pressed) await answering.edit(first)
  for (const message of pressed ? messages : others) await answering.followUp(message, { ephemeral: true })
}
