import type { OutMessage } from '../../../../src/core/chat.ts'
import { LoomError } from '../../../../src/core/errors.ts'
import { discordScene } from './scene.ts'

/** A scene in which one delivery is posted, again and again where a test wants that. */
export async function openWeather(options: Parameters<typeof discordScene>[0] = {}) {
  const scene = await discordScene(options)
  return {
    ...scene,
    /** Under the one nonce of a test, which one process may use again. */
    post: (message: OutMessage, nonce = 'n') => scene.port.post(scene.thread, message, { nonce }),
    texts: () => scene.posts().map(({ text }) => text),
    /** What Loom wrote to Ada alone. */
    direct: () => scene.ada.reads(scene.ada.dm()).map(({ text }) => text),
    [Symbol.asyncDispose]: () => scene.close(),
  }
}

export async function failureOf(work: Promise<unknown>): Promise<LoomError> {
  const failure: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (failure instanceof LoomError) return failure
  throw new Error(`expected a LoomError, got ${String(failure)}`)
}
