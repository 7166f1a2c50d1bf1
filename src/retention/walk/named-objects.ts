import type { ObjectStore, StoredObject } from '../../core/ports.ts'
import { type BlobPlace, blobPlace } from './object-place.ts'

export interface WalkedObject {
  object: StoredObject
  /** `undefined` for a key that is no account's file. */
  place: BlobPlace | undefined
  /** Whether a row names it. */
  named: boolean
}

const keysAtOnce = 500

/** Walks the whole object store and asks for each account's files, some hundred at a time, whether a row names them. */
export async function* namedObjects(deps: {
  objects: ObjectStore
  /** Which of some keys of one account a row names. */
  among(tenantId: string): (keys: readonly string[]) => Promise<ReadonlySet<string>>
}): AsyncGenerator<WalkedObject> {
  let held: StoredObject[] = []
  let tenantId = ''
  const answer = async (): Promise<WalkedObject[]> => {
    const objects = held
    held = []
    if (objects.length === 0) return []
    const named = await deps.among(tenantId)(objects.map(({ key }) => key))
    return objects.map((object) => ({ object, place: blobPlace(object.key), named: named.has(object.key) }))
  }
  for await (const object of deps.objects.list('')) {
    const place = blobPlace(object.key)
    if (!place) {
      yield { object, place, named: false }
      continue
    }
    if (place.tenantId !== tenantId || held.length >= keysAtOnce) yield* await answer()
    tenantId = place.tenantId
    held.push(object)
  }
  yield* await answer()
}
