import { plural } from '../../core/format.ts'
import { pieceFinder } from './find-piece.ts'
import { type LineIndex, lineAt, nextLine } from './lines.ts'

const mostShown = 5
const lineChars = 200

/** Why "old" was not found: the line ends, the spaces, or the lines of the file that come nearest to its first one. */
export function explainMissing(input: { path: string; text: string; old: string }): string {
  const { path, text, old } = input
  const unix = old.replace(/\r\n?/g, '\n')
  for (const [end, name] of [
    ['\n', '\\n'],
    ['\r\n', '\\r\\n'],
    ['\r', '\\r'],
  ] as const) {
    const other = unix.replaceAll('\n', end)
    if (other !== old && pieceFinder(other)(text, 0) !== -1)
      return `"old" is in ${path} only with ${name} as line end. Use that.`
  }
  const wanted = squeeze(unix.split('\n').find((line) => line.trim() !== '') ?? '')
  const near = wanted === '' ? [] : linesLike(text, wanted)
  if (near.length === 0)
    return `"old" is not in ${path} (found 0 times). Read the file again and copy exactly.`
  return [`"old" is not in ${path} exactly (found 0 times). Lines like its first one:`, ...near].join('\n')
}

/** Where "old" stands, when it stands in several places. */
export function explainSeveral(input: {
  path: string
  text: string
  lines: LineIndex
  places: readonly number[]
}): string {
  const { path, text, lines, places } = input
  const shown = places.slice(0, mostShown).map((place) => {
    const line = lines.lineOf(place)
    return showLine(line, lineAt(text, lines.startOf(line) ?? place))
  })
  const rest = places.length > mostShown ? [`… and ${places.length - mostShown} more`] : []
  const advice = 'Give more of the text around the one you mean, or set "all" to true.'
  return [`"old" is in ${path} ${plural(places.length, 'time')}:`, ...shown, ...rest, advice].join('\n')
}

function linesLike(text: string, wanted: string): readonly string[] {
  const shown: string[] = []
  let line = 1
  for (let at = 0; at < text.length && shown.length < mostShown; at = nextLine(text, at), line += 1) {
    const found = lineAt(text, at)
    const plain = squeeze(found.slice(0, 10_000))
    if (plain !== '' && (plain.includes(wanted) || (plain.length > 3 && wanted.includes(plain)))) {
      shown.push(showLine(line, found))
    }
  }
  return shown
}

/** Without what people and models get wrong: case and spaces. */
function squeeze(line: string): string {
  return line.toLowerCase().replace(/\s+/g, '')
}

function showLine(line: number, text: string): string {
  return `${line}: ${text.length > lineChars ? `${text.slice(0, lineChars).toWellFormed()}…` : text}`
}
