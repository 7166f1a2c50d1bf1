/** The part after the last slash. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** `report.v2.md` as `report.v2` and `.md`. A leading dot and an overlong tail are no extension. */
export function splitExtension(name: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf('.')
  const longest = 16
  if (dot <= 0 || dot === name.length - 1 || Buffer.byteLength(name.slice(dot)) > longest) {
    return { stem: name, extension: '' }
  }
  return { stem: name.slice(0, dot), extension: name.slice(dot) }
}

/** The longest beginning of a well-formed text that fits into so many bytes of UTF-8, never half a character. */
export function fitBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text
  let fitting = ''
  let room = bytes
  for (const character of text) {
    room -= Buffer.byteLength(character)
    if (room < 0) break
    fitting += character
  }
  return fitting
}

/**
 * `<folder><stem><addition><extension>`, shortened in the stem to so many bytes, numbered `-2`, `-3`, … until it is
 * free. `folder` ends with a slash or is empty.
 */
export function freePath(input: {
  folder: string
  name: string
  addition: string
  maxBytes: number
  isTaken: (path: string) => boolean
}): string {
  const { stem, extension } = splitExtension(input.name)
  for (let count = 1; ; count += 1) {
    const tail = `${input.addition}${count === 1 ? '' : `-${count}`}${extension}`
    const room = input.maxBytes - Buffer.byteLength(input.folder) - Buffer.byteLength(tail)
    const path = `${input.folder}${`${fitBytes(stem, room)}${tail}`.replace(/[.\s]+$/u, '')}`
    if (!input.isTaken(path)) return path
  }
}
