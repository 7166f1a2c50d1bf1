import type { Receipt, ReceiptHandover } from '../../core/chat.ts'
import type { ErrorKind } from '../../core/errors.ts'
import { formatDuration, formatUsd, plural } from '../../core/format.ts'

/** `5 agents · 31 steps · 2 min 10 s · $0.61 · 83 % of input from cache`; without input no word of the cache. */
export function receiptLine(receipt: Receipt): string {
  const cached = sum(receipt, (line) => line.cacheReadTokens)
  const input = sum(receipt, (line) => line.inputTokens + line.cacheReadTokens + line.cacheWriteTokens)
  // Rounded down: a share is never called whole that is not.
  const share = input > 0 ? [`${Math.floor((cached / input) * 100)} % of input from cache`] : []
  return [
    plural(receipt.agents, 'agent'),
    plural(receipt.steps, 'step'),
    formatDuration(receipt.durationMs),
    formatUsd(receipt.costMicroUsd),
    ...share,
  ].join(' · ')
}

/** A sentence for each way in which steps went to another model: `2 steps went to gpt-5.6-terra: claude-sonnet-5-5 …`. */
export function handoverLines(receipt: Receipt): string[] {
  return receipt.handovers.map(
    (handover) =>
      `${plural(handover.steps, 'step')} went to ${modelOf(handover.to)}: ${modelOf(handover.from)} ${why(handover)}`,
  )
}

const reasons: Partial<Record<ErrorKind, string>> = {
  rate_limited: 'took no more requests',
  unavailable: 'did not answer',
  forbidden: 'refused the key',
  not_found: 'is not open to this account',
  cap_reached: 'would have passed the cap',
}

function why({ reason }: ReceiptHandover): string {
  return reasons[reason] ?? 'could not be asked'
}

function modelOf(name: string): string {
  return name.slice(name.indexOf('/') + 1)
}

function sum(receipt: Receipt, of: (line: Receipt['models'][number]) => number): number {
  return receipt.models.reduce((total, line) => total + of(line), 0)
}
