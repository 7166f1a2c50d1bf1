import { toLoomError } from '../core/errors.ts'
import { type NightDeps, nightOf, runNight } from '../retention/nightly.ts'
import type { Parts } from './parts.ts'
import type { Role } from './role.ts'

/** How often a scheduler looks whether a night has begun whose work is not done. Its first look is as late. */
const everyMs = 60_000

/** What purge and proof need of a process: a pool of each of their roles. */
export function nightDeps(parts: Pick<Parts, 'openStore' | 'lookAtQueue'>, signal?: AbortSignal): NightDeps {
  return {
    purge: {
      store: parts.openStore('loom_purge'),
      front: parts.openStore('loom_app'),
      ...(signal ? { signal } : {}),
    },
    check: { store: parts.openStore('loom_dump'), lookAtQueue: parts.lookAtQueue },
    dump: { store: parts.openStore('loom_dump'), front: parts.openStore('loom_app') },
  }
}

/**
 * Does the work of each night once, whichever scheduler comes first: purge, then proof. What was missed while nothing ran
 * is done a minute after the start; what fails is tried again every minute. Closing ends it between two batches.
 */
export function startNightly(
  parts: Pick<Parts, 'openStore' | 'lookAtQueue' | 'log'>,
  input: { hour: number; everyMs?: number },
): Role {
  const closing = new AbortController()
  let deps: NightDeps | undefined
  let done = ''
  let turn = Promise.resolve()

  const look = async (): Promise<void> => {
    deps ??= nightDeps(parts, closing.signal)
    const night = nightOf(deps.purge.store.now(), input.hour)
    if (night === done) return
    try {
      if ((await runNight(deps, { night })) !== 'elsewhere') done = night
    } catch (thrown) {
      if (closing.signal.aborted) return
      const { detail, kind } = toLoomError(thrown)
      parts.log.error({ night, kind, detail }, 'the work of the night broke off and is tried again')
    }
  }
  const timer = setInterval(() => {
    turn = turn.then(look)
  }, input.everyMs ?? everyMs)

  return {
    async close() {
      clearInterval(timer)
      closing.abort()
      await turn
    },
  }
}
