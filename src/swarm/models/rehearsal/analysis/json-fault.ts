type Wanted = 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'separator'
type Reading = { text: string; at: number; wants: Wanted; open: ('{' | '[')[] }

const CLOSING = { '{': '}', '[': ']' } as const
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const WORDS = ['true', 'false', 'null']

/** Where JSON text stops being JSON, as an offset; the length of the text when it only ends too early. */
export function faultOf(text: string): number {
  const reading: Reading = { text, at: 0, wants: 'value', open: [] }
  for (;;) {
    while (' \t\n\r'.includes(text[reading.at] ?? 'x')) reading.at += 1
    const character = text[reading.at]
    if (character === undefined) return text.length
    if (!STEPS[reading.wants](reading, character)) return reading.at
  }
}

/** Each takes one token, or leaves `at` on the character that is wrong and says no. */
const STEPS: Record<Wanted, (reading: Reading, character: string) => boolean> = {
  colon: (reading, character) => character === ':' && taken(reading, 'value'),
  separator: (reading, character) => {
    const around = reading.open.at(-1)
    if (around !== undefined && character === ',') return taken(reading, around === '{' ? 'key' : 'value')
    return around !== undefined && character === CLOSING[around] && closed(reading)
  },
  'first key': (reading, character) => (character === '}' ? closed(reading) : readKey(reading, character)),
  key: readKey,
  'first value': (reading, character) =>
    character === ']' ? closed(reading) : readValue(reading, character),
  value: readValue,
}

function taken(reading: Reading, wants: Wanted): true {
  reading.at += 1
  reading.wants = wants
  return true
}

function closed(reading: Reading): true {
  reading.open.pop()
  return taken(reading, 'separator')
}

function readKey(reading: Reading, character: string): boolean {
  if (character !== '"' || !readString(reading)) return false
  reading.wants = 'colon'
  return true
}

function readValue(reading: Reading, character: string): boolean {
  if (character === '{' || character === '[') {
    reading.open.push(character)
    return taken(reading, character === '{' ? 'first key' : 'first value')
  }
  const read = character === '"' ? readString(reading) : readNumber(reading) || readWord(reading)
  reading.wants = 'separator'
  return read
}

function readString(reading: Reading): boolean {
  const { text } = reading
  for (reading.at += 1; reading.at < text.length; reading.at += 1) {
    const code = text.charCodeAt(reading.at)
    if (code === 0x22) {
      reading.at += 1
      return true
    }
    if (code < 0x20) return false
    if (code !== 0x5c) continue
    ESCAPE.lastIndex = reading.at
    if (!ESCAPE.test(text)) return false
    reading.at = ESCAPE.lastIndex - 1
  }
  return false
}

function readNumber(reading: Reading): boolean {
  NUMBER.lastIndex = reading.at
  if (!NUMBER.test(reading.text)) return false
  reading.at = NUMBER.lastIndex
  return true
}

function readWord(reading: Reading): boolean {
  const rest = reading.text.slice(reading.at, reading.at + 5)
  const word = WORDS.find((one) => rest.startsWith(one))
  if (word !== undefined) reading.at += word.length
  // A word that is good up to the end of the text only ends too early.
  else if (rest === '-' || WORDS.some((one) => one.startsWith(rest))) reading.at += rest.length
  return word !== undefined
}
