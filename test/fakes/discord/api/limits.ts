import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Route } from './route.ts'

export interface LimitOptions {
  /** Makes the windows shorter, so that a test can wait for them: 0.1 is a tenth. */
  scale: number
}

export interface Limited {
  headers: Record<string, string>
  /** Set when the call has to wait. */
  retryAfterS: number | undefined
  global: boolean
}

interface Window {
  startedAtMs: number
  used: number
}

const globalMost = 50

/** Discord's buckets: one for each route and channel, server or webhook, and all together fifty in a second. */
export function startLimits(clock: Clock, options: LimitOptions | undefined) {
  const windows = new Map<string, Window>()

  const windowOf = (key: string, lengthMs: number): Window => {
    const now = clock.now()
    const found = windows.get(key)
    if (found && now < found.startedAtMs + lengthMs) return found
    const fresh = { startedAtMs: now, used: 0 }
    windows.set(key, fresh)
    return fresh
  }

  return function limit(route: Route, params: Record<string, string>): Limited {
    if (!options) return { headers: {}, retryAfterS: undefined, global: false }
    const now = clock.now()
    const [most, usualMs] = route.limit
    const lengthMs = usualMs * options.scale
    const major = params.channel ?? params.guild ?? params.token ?? ''
    const name = `${route.method} ${route.path}`
    const bucket = createHash('md5').update(name).digest('hex')
    const all = windowOf('*', 1000 * options.scale)
    if (!route.free && all.used >= globalMost) {
      const retryAfterS = (all.startedAtMs + 1000 * options.scale - now) / 1000
      return {
        headers: { 'x-ratelimit-global': 'true', 'x-ratelimit-scope': 'global' },
        retryAfterS,
        global: true,
      }
    }
    const own = windowOf(`${name} ${major}`, lengthMs)
    const resetMs = own.startedAtMs + lengthMs
    const isOver = own.used >= most
    if (!isOver) {
      own.used += 1
      if (!route.free) all.used += 1
    }
    const headers = {
      'x-ratelimit-limit': String(most),
      'x-ratelimit-remaining': String(most - own.used),
      'x-ratelimit-reset': (resetMs / 1000).toFixed(3),
      'x-ratelimit-reset-after': ((resetMs - now) / 1000).toFixed(3),
      'x-ratelimit-bucket': bucket,
    }
    if (!isOver) return { headers, retryAfterS: undefined, global: false }
    return {
      headers: { ...headers, 'x-ratelimit-scope': 'user' },
      retryAfterS: (resetMs - now) / 1000,
      global: false,
    }
  }
}
