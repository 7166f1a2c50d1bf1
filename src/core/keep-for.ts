/** Keeps what `load` answers under its key for `keptMs`, then forgets it; asks once for those who come together. */
export function keepFor<T>(keptMs: number): (key: string, load: () => Promise<T>) => Promise<T> {
  const kept = new Map<string, Promise<T>>()
  return (key, load) => {
    const known = kept.get(key)
    if (known) return known
    const value = load()
    kept.set(key, value)
    const forget = () => kept.get(key) === value && kept.delete(key)
    value.catch(forget)
    setTimeout(forget, keptMs).unref()
    return value
  }
}
