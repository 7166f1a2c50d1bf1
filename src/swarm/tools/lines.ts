/** Where the line after the one at `from` begins: after `\r\n`, `\n` or `\r`; `end` when there is none before it. */
export function nextLine(text: string, from: number, end = text.length): number {
  for (let at = from; at < end; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 10) return at + 1
    if (code === 13) return text.charCodeAt(at + 1) === 10 ? at + 2 : at + 1
  }
  return end
}

/** The text of the line at `from`, without its end. `next` is where the one after it begins, if that is known. */
export function lineAt(text: string, from: number, next = nextLine(text, from)): string {
  let end = next
  while (end > from && (text.charCodeAt(end - 1) === 10 || text.charCodeAt(end - 1) === 13)) end -= 1
  return text.slice(from, end)
}

/** Lines of a text, 1-based, found without walking through all of it each time. */
export interface LineIndex {
  /** A last line without an end counts; the nothing after a last line end does not. */
  count: number
  /** Where a line begins; for the line after the last one, the end of the text; `undefined` beyond. */
  startOf(line: number): number | undefined
  /** The line that an offset lies in. */
  lineOf(offset: number): number
}

const everyLines = 1024
const everyChars = 65_536

export function indexLines(text: string): LineIndex {
  const marks: { line: number; at: number }[] = []
  let line = 1
  for (let at = 0; at < text.length; at = nextLine(text, at), line += 1) {
    const last = marks.at(-1)
    if (last === undefined || line - last.line >= everyLines || at - last.at >= everyChars)
      marks.push({ line, at })
  }
  const count = line - 1

  /** The last mark that is not past the point. */
  const markBefore = (isPast: (mark: { line: number; at: number }) => boolean) => {
    let low = 0
    let high = marks.length
    while (low < high) {
      const middle = (low + high) >> 1
      const mark = marks[middle]
      if (mark === undefined || isPast(mark)) high = middle
      else low = middle + 1
    }
    return marks[low - 1] ?? { line: 1, at: 0 }
  }

  return {
    count,
    startOf(wanted) {
      if (wanted === count + 1) return text.length
      if (wanted < 1 || wanted > count) return undefined
      const mark = markBefore((mark) => mark.line > wanted)
      let at = mark.at
      for (let passed = mark.line; passed < wanted; passed += 1) at = nextLine(text, at)
      return at
    },
    lineOf(offset) {
      const mark = markBefore((mark) => mark.at > offset)
      let found = mark.line
      for (let at = nextLine(text, mark.at); at <= offset && at < text.length; at = nextLine(text, at))
        found += 1
      return found
    },
  }
}
