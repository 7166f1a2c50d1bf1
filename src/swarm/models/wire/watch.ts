/** Milliseconds. `stallMs`: the longest silence on the wire; `callMs`: the longest call. */
export interface Patience {
  stallMs: number
  callMs: number
}

export interface Watched {
  /** Aborts with the caller's signal, with a stall and when the call is over. Lives as long as the call. */
  signal: AbortSignal
  /** Says that something came. */
  beat(): void
}

/**
 * Runs a call under watch. Rejects at once with the signal's reason when it aborts, or with `broken(how)` when
 * nothing comes for too long; the call is then told to stop and not waited for. The caller's signal is let go at the
 * end, so that a long-lived one gathers no listeners.
 */
export async function watch<T>(
  deps: Patience & { broken: (how: string) => Error },
  signal: AbortSignal,
  run: (watched: Watched) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const controller = new AbortController()
  const over = Promise.withResolvers<never>()
  const onAbort = () => over.reject(signal.reason)
  const stall = setTimeout(() => over.reject(deps.broken('went silent')), deps.stallMs)
  const deadline = setTimeout(() => over.reject(deps.broken('took too long')), deps.callMs)
  const beat = () => {
    if (!controller.signal.aborted) stall.refresh()
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([over.promise, run({ signal: controller.signal, beat })])
  } finally {
    signal.removeEventListener('abort', onAbort)
    clearTimeout(stall)
    clearTimeout(deadline)
    controller.abort()
  }
}

/** What a client tells while it works. */
export interface Listener {
  /** Something came. */
  beat(): void
  /** The headers of an answer, also of one that is a refusal. */
  headers?(headers: Headers): void
}

/** A `fetch` that tells of every byte: the SDKs swallow the pings by which a provider shows that it is at work. */
export function tellingFetch({ beat, headers: tell }: Listener): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init)
    beat()
    tell?.(response.headers)
    if (!response.body) return response
    const told = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, sink) {
        beat()
        sink.enqueue(chunk)
      },
    })
    const { headers, status, statusText } = response
    return new Response(response.body.pipeThrough(told), { headers, status, statusText })
  }
}
