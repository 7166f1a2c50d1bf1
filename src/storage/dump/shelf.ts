import { toLoomError } from '../../core/errors.ts'
import type { Clock, ObjectStore, Vault } from '../../core/ports.ts'
import { dumpKey, dumpsPrefix } from './names.ts'
import { readHeader } from './sealed-stream.ts'

export interface ShelvedDump {
  name: string
  bytes: number
  storedAtMs: number
}

/** The dumps that there are, the oldest first. */
export async function listDumps({ objects }: { objects: ObjectStore }): Promise<ShelvedDump[]> {
  const found: ShelvedDump[] = []
  for await (const { bytes, isOld, key, storedAtMs } of objects.list(`${dumpsPrefix}/`)) {
    if (!isOld) found.push({ name: key.slice(dumpsPrefix.length + 1), bytes, storedAtMs })
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * Removes dumps older than `olderThanMs`: first the key, without which no copy of it opens, then the object, all versions.
 * One whose beginning cannot be read goes too. Idempotent; may break off anywhere. Answers how many went.
 */
export async function removeOldDumps(
  deps: { objects: ObjectStore; vault: Vault; now: Clock },
  input: { olderThanMs: number },
): Promise<number> {
  let removed = 0
  for (const { name, storedAtMs } of await listDumps(deps)) {
    if (deps.now() - storedAtMs <= input.olderThanMs) continue
    const dumpId = await idOf(deps, name)
    if (dumpId !== undefined) await deps.vault.destroy(dumpId)
    await deps.objects.deletePrefix(dumpKey(name))
    removed += 1
  }
  return removed
}

async function idOf({ objects }: { objects: ObjectStore }, name: string): Promise<string | undefined> {
  const { body } = await objects.stream(dumpKey(name))
  try {
    return (await readHeader(body)).dumpId
  } catch (thrown) {
    if (toLoomError(thrown).kind === 'corrupt') return undefined
    throw thrown
  } finally {
    body.destroy()
  }
}
