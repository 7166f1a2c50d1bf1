/**
 * What comes from outside (titles, activities, Markdown, paths, addresses) passes here before it reaches a terminal:
 * nothing in it may move the cursor, ring, retitle, reach the clipboard, turn the reading order or hide.
 */

// A whole escape sequence, so that its parameters do not stay behind as text. No class inside a repetition may hold
// what starts the next sequence: that keeps the search linear on hostile input.
const strings = String.raw`(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0080-\u009f]*(?:\u0007|\u001b\\|\u009c)`
const controlSequence = String.raw`(?:\u001b\[|\u009b)[0-?]*[ -\/]*[@-~]`
const otherEscape = String.raw`\u001b[ -\/]*[0-~]`
const escapes = new RegExp(`${strings}|${controlSequence}|${otherEscape}`, 'gu')

/** Scripts whose spelling needs the zero-width joiners; elsewhere they only hide something. */
const joining = [
  'Arab',
  'Syrc',
  'Mong',
  'Deva',
  'Beng',
  'Guru',
  'Gujr',
  'Orya',
  'Taml',
  'Telu',
  'Knda',
  'Mlym',
  'Sinh',
]
const strayJoiners = new RegExp(
  `(?<![${joining.map((script) => `\\p{Script=${script}}`).join('')}])[\\u200c\\u200d]`,
  'gv',
)

/** Controls, bidi overrides, tags, fillers, variation selectors: all that is not seen but acts. */
const unseen =
  /[[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]--[\n\t\u200c\u200d\u0600-\u0605\u06dd\u0890\u0891\u08e2\u{110bd}\u{110cd}]]/gv

const lineEnds = /\r\n|[\r\v\f\u0085\u2028\u2029]/gu
const stackedMarks = /(\p{M}{4})\p{M}+/gu

/** Text of several lines: newlines and tabs stay, everything that acts without being seen goes. Idempotent. */
export function harmlessText(text: string): string {
  return text
    .toWellFormed()
    .replace(escapes, '')
    .replace(lineEnds, '\n')
    .replace(unseen, '')
    .replace(strayJoiners, '')
    .replace(stackedMarks, '$1')
}

/** The same on one line: every run of white space becomes one space. */
export function harmlessLine(text: string): string {
  return harmlessText(text).replace(/\s+/gu, ' ').trim()
}

/** An address that may be opened from a terminal, in plain ASCII; nothing for other schemes and relative addresses. */
export function harmlessUrl(href: string): string | undefined {
  const url = URL.parse(harmlessLine(href))
  return url && ['https:', 'http:', 'mailto:', 'file:'].includes(url.protocol) ? url.href : undefined
}
