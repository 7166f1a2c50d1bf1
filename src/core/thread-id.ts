import { LoomError } from './errors.ts'
import { type Platform, platforms } from './words.ts'

/** `platform:channel:thread`, as in `slack:C123:1700000000.000100`. */
export type ThreadId = `${Platform}:${string}:${string}`

/** The parts of a thread's id. The thread part may hold colons, the channel may not. */
export function parseThreadId(id: string): { platform: Platform; channel: string; thread: string } {
  const [platform, channel, ...rest] = id.split(':')
  const known = platforms.find((name) => name === platform)
  const thread = rest.join(':')
  if (!known || !channel || !thread) {
    throw new LoomError({
      kind: 'invalid_input',
      message: 'That is not a thread Loom knows.',
      detail: 'bad thread id',
    })
  }
  return { platform: known, channel, thread }
}

export function threadId(platform: Platform, channel: string, thread: string): ThreadId {
  return `${platform}:${channel}:${thread}`
}
