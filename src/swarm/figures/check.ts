import { citedFigures, type Figure } from './cited.ts'
import { isComputed } from './computed.ts'
import { digitRun, isPoint, piecesOf, type Reading, roundsTo, scaleAfter } from './numbers.ts'

/** Which figures of an answer stand in what it was made from. */
export interface FigureCheck {
  /** Looks for the open figures in a text. */
  see(text: string): void
  /** Takes a number that stands nowhere but is so: how many rows a file has. */
  know(value: number): void
  /** The figures that were found nowhere yet, as the answer writes them. */
  missing(): string[]
}

/**
 * Checks the figures of an answer against texts. A figure is found where a text has a number that rounds to it, however
 * either of them writes numbers; and where the answer shows the sum that gives it. Pure, and lenient where writing is
 * ambiguous: it is to find figures that come from nowhere, not to argue about commas.
 */
export function figureCheck(answer: string): FigureCheck {
  const open = new Map<Figure, readonly Reading[]>()
  for (const figure of citedFigures(answer)) {
    if (!isComputed(answer, figure)) open.set(figure, figure.readings)
  }
  const know = (value: number): void => {
    for (const [figure, readings] of open) {
      if (readings.some((reading) => roundsTo(value, reading))) open.delete(figure)
    }
  }
  return {
    know,
    see(text) {
      for (const match of text.matchAll(digitRun)) {
        if (open.size === 0) return
        visitNumbers(match[0], scaleAfter(text, match.index + match[0].length), know)
      }
    },
    missing: () => [...open.keys()].map((figure) => figure.text),
  }
}

/**
 * Every number that may be meant in a run of digits of a text: a line of a table is one run too, so each piece, each
 * pair around a point and each group of thousands counts.
 */
function visitNumbers(run: string, scale: number, visit: (value: number) => void): void {
  const { digits, separators } = piecesOf(run)
  const tell = (text: string) => {
    visit(Number(text))
    if (scale !== 1) visit(Number(text) * scale)
  }
  for (const [at, piece] of digits.entries()) {
    if ([separators[at - 1], separators[at]].every(isBetweenFields)) tell(piece)
    if (at + 1 < digits.length && isPoint(separators[at])) tell(`${piece}.${digits[at + 1]}`)
    if (piece.length > 3) continue
    let grouped = piece
    const group = separators[at]
    for (let next = at; separators[next] === group && digits[next + 1]?.length === 3; next += 1) {
      grouped += digits[next + 1]
      tell(grouped)
      const after = separators[next + 1]
      if (after !== group && isPoint(after)) tell(`${grouped}.${digits[next + 2]}`)
      if (grouped.length > 15) break
    }
  }
}

/** A line of a table may put a comma or a blank between its numbers; a point or an apostrophe stands inside of one. */
function isBetweenFields(separator: string | undefined): boolean {
  return separator === undefined || /[,\s]/.test(separator)
}
