/** A person's name in one line of bounded length: it is chosen by whoever bears it. */
export function shortName(name: string): string {
  return [...name.replace(/\s+/g, ' ').trim()].slice(0, 80).join('')
}
