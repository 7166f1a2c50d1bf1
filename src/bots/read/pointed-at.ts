import type { ThreadMessage } from '../../core/brief.ts'

/** How many messages that a thread points at are read. */
const mostPointedAt = 10

/** A message elsewhere that words point at. */
export interface Pointer {
  /** The identity of the message, as its thread would keep it. */
  key: string
  channel: string
  url: string
}

export interface Spoken {
  message: { key: string; text: string }
  pointers: readonly Pointer[]
}

/** How a platform looks at what is pointed at. Both throw what passes, to be done again. */
export interface PointedLooks<To extends Pointer> {
  /** Never more public: whether everyone who sees this thread may see what stands in a channel. */
  mayBeShown(pointer: To): Promise<boolean>
  /** `own`: Loom's own words, which are left out; `undefined`: there is no such message. */
  read(pointer: To): Promise<ThreadMessage | 'own' | undefined>
}

/**
 * The messages that a thread points at. Only those that everyone in the thread may see anyhow. Of the others the message
 * that points at them says that they were not taken.
 */
export async function readPointedAt<To extends Pointer>(
  looks: PointedLooks<To>,
  input: { spoken: readonly (Spoken & { pointers: readonly To[] })[]; signal: AbortSignal },
): Promise<ThreadMessage[]> {
  const { signal, spoken } = input
  const here = new Set(spoken.map(({ message }) => message.key))
  const found: ThreadMessage[] = []
  const shown = new Map<string, Promise<boolean>>()
  let asked = 0
  for (const said of spoken) {
    for (const pointer of said.pointers) {
      signal.throwIfAborted()
      if (here.has(pointer.key)) continue
      asked += 1
      if (asked > mostPointedAt) {
        note(said, `(Loom did not follow ${pointer.url}: too many links.)`)
        continue
      }
      const look = shown.get(pointer.channel) ?? looks.mayBeShown(pointer)
      shown.set(pointer.channel, look)
      const message = (await look) ? await looks.read(pointer) : undefined
      if (message === undefined)
        note(said, `(Loom did not take what ${pointer.url} points at: ${notTaken(await look)}.)`)
      else if (message !== 'own') found.push(message)
    }
  }
  return found
}

/** Said once, however often a thread is read. */
function note({ message }: Spoken, sentence: string): void {
  if (!message.text.includes(sentence)) message.text += `\n${sentence}`
}

function notTaken(visible: boolean): string {
  return visible ? 'there is no such message' : 'it stands in another place that is not public'
}
