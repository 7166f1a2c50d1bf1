import { Readable } from 'node:stream'
import { LoomError } from '../../../src/core/errors.ts'
import type { ObjectStore } from '../../../src/core/ports.ts'

/** An object store in memory, for tests that are not about the store. `gets` counts what was read. */
export function memoryObjects(): ObjectStore & { objects: Map<string, Uint8Array>; gets: () => number } {
  const objects = new Map<string, Uint8Array>()
  let gets = 0
  const get = async (key: string) => {
    gets += 1
    const found = objects.get(key)
    if (found === undefined) throw new LoomError({ kind: 'not_found', message: 'That file is not stored.' })
    return found
  }
  return {
    objects,
    gets: () => gets,
    get,
    async put(key, body) {
      objects.set(
        key,
        body instanceof Uint8Array ? Uint8Array.from(body) : Buffer.concat(await body.toArray()),
      )
    },
    async stream(key) {
      const bytes = await get(key)
      return { body: Readable.from([bytes]), bytes: bytes.length }
    },
    async deletePrefix(prefix) {
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix))
      for (const key of keys) objects.delete(key)
      return keys.length
    },
    async *list(prefix) {
      for (const [key, { length: bytes }] of objects) {
        if (key.startsWith(prefix)) yield { key, bytes, storedAtMs: 0, isOld: false }
      }
    },
    tidy: async () => 0,
    localPath: () => undefined,
    presign: async () => undefined,
  }
}
