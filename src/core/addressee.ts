/** A name that an agent goes by: its key and its title, whatever the case, hyphens as spaces. */
export function sameName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim()
}

const telling = /^(?:please )?(?:tell|ask) (?:the )?(?:agent )?/
const calling = /^@ ?/
const naming = /^(?:the )?/

/**
 * Whom a reply is for, when it begins with one of them: `tell the researcher …`, `@researcher …`, `researcher: …`. The
 * longest name wins; a reply that names nobody, or two by the same name, is for all: `undefined`. Pure; English.
 */
export function addresseeOf<T extends { names: readonly string[] }>(
  text: string,
  agents: readonly T[],
): T | undefined {
  const said = sameName(text.slice(0, 400))
  const named = agents.flatMap((agent) => {
    const lengths = agent.names.map(sameName).map((name) => (isFor(said, name) ? name.length : 0))
    return [{ agent, length: Math.max(0, ...lengths) }]
  })
  const longest = Math.max(0, ...named.map(({ length }) => length))
  const found = named.filter(({ length }) => length === longest)
  return longest > 0 && found.length === 1 ? found[0]?.agent : undefined
}

function isFor(said: string, name: string): boolean {
  if (name === '') return false
  const follows = (opening: RegExp, next: RegExp) => {
    const rest = said.replace(opening, '')
    const opened = opening === naming || rest !== said
    return opened && rest.startsWith(name) && next.test(rest.slice(name.length))
  }
  const aWordEnds = /^(?![\p{L}\p{N}])/u
  return follows(telling, aWordEnds) || follows(calling, aWordEnds) || follows(naming, /^(?: agent)? ?:/)
}
