import type { OutMessage } from '../../../../src/core/chat.ts'
import { LoomError } from '../../../../src/core/errors.ts'
import { slackScene } from './scene.ts'

/** A scene in which one delivery is posted, again and again where a test wants that. */
export async function openWeather(options: Parameters<typeof slackScene>[0] = {}) {
  const scene = await slackScene(options)
  return {
    ...scene,
    /** Under the one nonce of a test, which one process may use again. */
    post: (message: OutMessage) => scene.port.post(scene.thread, message, { nonce: 'n' }),
    texts: () => scene.posts().map(({ text }) => text),
    [Symbol.asyncDispose]: () => scene.close(),
  }
}

export type Weather = Awaited<ReturnType<typeof openWeather>>

export async function failureOf(work: Promise<unknown>): Promise<LoomError> {
  const failure: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (failure instanceof LoomError) return failure
  throw new Error(`expected a LoomError, got ${String(failure)}`)
}
