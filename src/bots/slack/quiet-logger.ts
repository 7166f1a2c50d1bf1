import { type Logger, LogLevel } from '@slack/bolt'
import type { Log } from '../../core/ports.ts'

/**
 * The libraries' logger over ours. What they write can hold payloads, so only the first words of warnings and errors
 * go through, without tokens; nothing else does.
 */
export function quietLogger(log: Log): Logger {
  const told = (words: readonly unknown[]) => ({ library: 'slack', words: harmless(words[0]) })
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (...words) => log.warn(told(words), 'the Slack library warns'),
    error: (...words) => log.warn(told(words), 'the Slack library reports an error'),
    setLevel: () => undefined,
    getLevel: () => LogLevel.WARN,
    setName: () => undefined,
  }
}

function harmless(first: unknown): string {
  if (typeof first !== 'string') return first instanceof Error ? first.name : ''
  return (
    first
      .split(/[\n{[]/, 1)[0]
      ?.slice(0, 120)
      .replace(/x(?:ox|app)[\w.-]*/g, '…') ?? ''
  )
}
