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
const joiningScripts = joining.map((script) => `\\p{Script=${script}}`).join('')
const strayJoiners = new RegExp(`(?<![${joiningScripts}])[\\u200c\\u200d]`, 'gv')
const joinersOutsideEmoji = new RegExp(
  `(?<![${joiningScripts}\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f])[\\u200c\\u200d]`,
  'gv',
)

/** Controls, bidi overrides, tags, fillers, variation selectors: all that is not seen but acts. */
const unseen =
  /[[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]--[\n\t\u200c\u200d\u0600-\u0605\u06dd\u0890\u0891\u08e2\u{110bd}\u{110cd}]]/gv
/** The same where the sign that makes an emoji of a letter is drawn. */
const unseenButEmoji =
  /[[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]--[\n\t\u200c\u200d\ufe0f\u0600-\u0605\u06dd\u0890\u0891\u08e2\u{110bd}\u{110cd}]]/gv

const lineEnds = /\r\n|[\r\v\f\u0085\u2028\u2029]/gu
const stackedMarks = /(\p{M}{4})\p{M}+/gu

/** Text of several lines: newlines and tabs stay, everything that acts without being seen goes. Idempotent. */
export function harmlessText(text: string): string {
  return visible(text, unseen, strayJoiners)
}

/** The same for platforms that draw joined emoji (a family, a flag, a heart) as one. */
export function harmlessWithEmoji(text: string): string {
  return visible(text, unseenButEmoji, joinersOutsideEmoji)
}

function visible(text: string, hidden: RegExp, joiners: RegExp): string {
  return text
    .toWellFormed()
    .replace(escapes, '')
    .replace(lineEnds, '\n')
    .replace(hidden, '')
    .replace(joiners, '')
    .replace(stackedMarks, '$1')
}

/** The same on one line: every run of white space becomes one space. */
export function harmlessLine(text: string): string {
  return harmlessText(text).replace(/\s+/gu, ' ').trim()
}

/** One line for platforms that draw joined emoji. */
export function harmlessLineWithEmoji(text: string): string {
  return harmlessWithEmoji(text).replace(/\s+/gu, ' ').trim()
}

/** An address that may be opened from a terminal, in plain ASCII; nothing for other schemes and relative addresses. */
export function harmlessUrl(href: string): string | undefined {
  const url = URL.parse(harmlessLine(href))
  return url && ['https:', 'http:', 'mailto:', 'file:'].includes(url.protocol) ? url.href : undefined
}
