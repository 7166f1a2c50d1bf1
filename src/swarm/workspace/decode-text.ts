export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

/**
 * A file's text as it is: line ends untouched, a byte order mark kept as the first character (U+FEFF). UTF-16 needs its
 * mark. What is not UTF-8 is read as windows-1252, unless it is UTF-8 with only a few broken bytes: these become U+FFFD.
 */
export function decodeText(bytes: Uint8Array): { text: string; encoding: Encoding; hadBom: boolean } {
  const marked = markedEncoding(bytes)
  if (marked !== undefined) return { text: decode(marked, bytes), encoding: marked, hadBom: true }
  try {
    return { text: decode('utf-8', bytes, true), encoding: 'utf-8', hadBom: false }
  } catch {
    const encoding = isDamagedUtf8(decode('utf-8', bytes)) ? 'utf-8' : 'windows-1252'
    return { text: decode(encoding, bytes), encoding, hadBom: false }
  }
}

/** Whether the beginning of a file reads as text; the last character may be cut. Nothing at all is text. */
export function looksLikeText(head: Uint8Array): boolean {
  const encoding = markedEncoding(head)
  if (encoding === 'utf-16le' || encoding === 'utf-16be') return fewControls(decode(encoding, head))
  try {
    return fewControls(new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true }))
  } catch {
    const lossy = decode('utf-8', head)
    if (encoding === 'utf-8' || isDamagedUtf8(lossy)) return fewControls(lossy)
    // Mostly high bytes are another alphabet or no text at all: windows-1252 would make mojibake of both.
    const mostHigh = 0.3
    return head.filter((byte) => byte >= 0x80).length <= head.length * mostHigh && fewControls(lossy)
  }
}

function markedEncoding(bytes: Uint8Array): Encoding | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return undefined
}

function decode(encoding: Encoding, bytes: Uint8Array, fatal = false): string {
  return new TextDecoder(encoding, { fatal, ignoreBOM: true }).decode(bytes)
}

function isDamagedUtf8(lossy: string): boolean {
  let broken = 0
  let sound = 0
  for (let at = 0; at < lossy.length; at += 1) {
    const code = lossy.charCodeAt(at)
    if (code === 0xfffd) broken += 1
    else if (code >= 0x80) sound += 1
  }
  return sound >= broken * 10
}

function fewControls(text: string): boolean {
  let controls = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 0) return false
    // Tab to carriage return, and escape for the colours of a terminal's log, are what text has.
    if ((code < 0x20 && !(code >= 0x08 && code <= 0x0d) && code !== 0x1b) || code === 0x7f) controls += 1
  }
  return controls * 100 <= text.length
}
