import type { Receipt } from '../../core/chat.ts'
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

function sum(receipt: Receipt, of: (line: Receipt['models'][number]) => number): number {
  return receipt.models.reduce((total, line) => total + of(line), 0)
}
