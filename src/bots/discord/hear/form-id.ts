import { z } from 'zod'
import type { Store } from '../../../storage/database.ts'
import type { DiscordActing } from './who.ts'

/** What the forms that are about no job are called; the others go by what opened them. */
const shape = z.union([
  z.tuple([z.literal('loom-form'), z.literal('settings')]),
  z.tuple([
    z.literal('loom-form'),
    z.literal('take'),
    z.string().regex(/^\d{15,21}$/),
    z.string().regex(/^[\w-]{16}$/),
  ]),
])

export type FormId = { form: 'settings' } | { form: 'take'; messageId: string; proof: string }

export const settingsFormId = 'loom-form:settings'

export function takeFormId({ messageId, proof }: { messageId: string; proof: string }): string {
  return `loom-form:take:${messageId}:${proof}`
}

/** `undefined` for what is no form of these. A client sent it. */
export function parseFormId(text: string): FormId | undefined {
  const parsed = shape.safeParse(text.split(':')).data
  if (!parsed) return undefined
  return parsed[1] === 'settings'
    ? { form: 'settings' }
    : { form: 'take', messageId: parsed[2], proof: parsed[3] }
}

/**
 * Shows, when the form comes back, that this person was given it for this message of this channel: with another number in
 * it, it would name a thread that they may not see.
 */
export async function proofOf(
  { store }: { store: Store },
  { account, userId }: DiscordActing,
  input: { channelId: string; messageId: string },
): Promise<string> {
  const sealer = await store.vault.sealer(account.tenantId, 'content')
  const about = [userId, input.channelId, input.messageId].join(':')
  return sealer.hash('discord.take', about).subarray(0, 12).toString('base64url')
}
