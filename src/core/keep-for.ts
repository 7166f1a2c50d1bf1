export type Keep<T> = (key: string, load: () => Promise<T>, how?: { anew: boolean }) => Promise<T>

/**
 * Keeps what `load` answers under its key for `keptMs`, then forgets it; asks once for those who come together. `anew`
 * asks whatever is kept, and keeps the newer answer.
 */
export function keepFor<T>(keptMs: number): Keep<T> {
  const kept = new Map<string, Promise<T>>()
  return (key, load, how) => {
    const known = kept.get(key)
    if (known && !how?.anew) return known
    const value = load()
    kept.set(key, value)
    const forget = () => kept.get(key) === value && kept.delete(key)
    value.catch(forget)
    setTimeout(forget, keptMs).unref()
    return value
  }
}
