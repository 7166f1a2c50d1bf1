/** What a mention asks for that is no brief: to show a job in its thread, or to show it there no more. */
export interface TypedWatch {
  verb: 'watch' | 'unwatch'
  /** A job's ID or the end of one; `unwatch` may do without. */
  name: string | undefined
}

const id = '[0-9a-f]{8}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const pattern = new RegExp(`^(?:(watch)\\s+(${id})|(unwatch)(?:\\s+(${id}))?)$`, 'i')

/** `watch 3f9a2c1b`, and nothing else: a brief may well begin with these words. */
export function typedWatch(text: string): TypedWatch | undefined {
  const found = pattern.exec(text.trim())
  if (!found) return undefined
  const [, watch, name, , other] = found
  return watch
    ? { verb: 'watch', name: name?.toLowerCase() }
    : { verb: 'unwatch', name: other?.toLowerCase() }
}
