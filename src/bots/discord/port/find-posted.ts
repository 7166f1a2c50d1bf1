import { z } from 'zod'
import { madeAtMs } from '../../port/made-at.ts'
import type { DiscordRest } from '../rest.ts'
import { nonceOf, partsByMark } from './marks.ts'
import type { Noted } from './progress.ts'

const message = z.object({
  id: z.string(),
  nonce: z.union([z.string(), z.number()]).optional(),
  components: z
    .array(z.object({ id: z.number() }).partial())
    .catch([])
    .default([]),
})
const page = z.array(message)
const pageSize = 100
const mostPages = 20
/** How far Discord's clock may be behind ours. */
const clockMs = 300_000
const discordEpochMs = 1_420_070_400_000

/**
 * Finds what an earlier try under this nonce has put into a channel, and notes it. Nothing is found where there is no
 * such channel or Loom may not read it: then nobody can tell. Throws what passes, so that nothing is posted before it is
 * known; the next call goes on where this one stopped. Answers whether there is such a channel.
 */
export async function findPosted(
  rest: DiscordRest,
  input: { channel: string; nonce: string; noted: Noted },
): Promise<boolean> {
  const { channel, nonce, noted } = input
  const byMark = partsByMark(nonce)
  const byNonce = new Map([...byMark.values()].map((part) => [nonceOf(nonce, part), part]))
  noted.cursor ||= snowflakeAt(madeAtMs(nonce))
  for (let count = 0; count < mostPages; count += 1) {
    const outcome = await rest.attempt({
      method: 'GET',
      route: `/channels/${channel}/messages`,
      query: { after: noted.cursor, limit: `${pageSize}` },
    })
    if (!outcome.ok) {
      if (outcome.fault.error.retryable) throw outcome.fault.error
      noted.cursor = ''
      return outcome.fault.code !== 10_003
    }
    const messages = page.parse(outcome.result)
    for (const each of messages) {
      const part = byMark.get(each.components[0]?.id ?? 0) ?? byNonce.get(String(each.nonce ?? ''))
      if (part !== undefined) noted.parts.set(part, { channel, id: each.id })
      if (BigInt(each.id) > BigInt(noted.cursor)) noted.cursor = each.id
    }
    if (messages.length < pageSize) break
  }
  noted.cursor = ''
  return true
}

function snowflakeAt(ms: number | undefined): string {
  if (ms === undefined) return '0'
  return (BigInt(Math.max(0, ms - clockMs - discordEpochMs)) << 22n).toString()
}
