/** Nothing to read: providers refuse texts of white space alone. */
export function isBlank(text: string): boolean {
  return /^[\s\p{Cc}]*$/u.test(text)
}

/** Call ids that every provider takes, each once: an id that is illegal or was used before gets a number instead. */
export function createIds(): (id: string) => string {
  const used = new Set<string>()
  let count = 0
  return (id) => {
    let chosen = id
    while (!/^[A-Za-z0-9_-]{1,64}$/.test(chosen) || used.has(chosen)) {
      count += 1
      chosen = `call_${count}`
    }
    used.add(chosen)
    return chosen
  }
}

/** A tool's name as providers take it back, also one that a model invented. */
export function cleanName(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64) || 'unknown'
}

/** A call's input as providers take it back: an object. What is none, such as arguments that did not parse, is wrapped. */
export function inputObject(input: unknown): Record<string, unknown> {
  const plain = plainJson(input)
  if (plain === undefined || plain === null) return {}
  return isRecord(plain) ? plain : { unparsed: plain }
}

/** The arguments of a call as the model wrote them: parsed, or the words themselves when they do not parse. */
export function parseArguments(json: string): unknown {
  if (json.trim() === '') return {}
  try {
    return JSON.parse(json) as unknown
  } catch {
    return json
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** Through JSON and back, with every string well-formed: half a surrogate pair makes a whole request invalid. */
function plainJson(value: unknown): unknown {
  try {
    const json = JSON.stringify(value)
    return json === undefined ? undefined : wellFormed(JSON.parse(json))
  } catch {
    return undefined
  }
}

function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (Array.isArray(value)) return value.map(wellFormed)
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.toWellFormed(), wellFormed(item)]),
  )
}
