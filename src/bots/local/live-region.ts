import { displayWidth } from './width.ts'

export interface TerminalOut {
  write(text: string): void
  columns(): number
  rows(): number
  /** Whether SGR colours and styles may be used. */
  color: boolean
  /** Whether the terminal opens OSC 8 links. */
  links: boolean
}

/** The size now; a terminal that does not know its own counts as 80 by 24. */
export function sizeOf(out: TerminalOut): { columns: number; rows: number } {
  const known = (size: number, fallback: number) => (Number.isInteger(size) && size > 0 ? size : fallback)
  return { columns: known(out.columns(), 80), rows: known(out.rows(), 24) }
}

export interface Frame {
  /** Lines that stay above the live ones, for good; they may be wider than the terminal. */
  above?: readonly string[]
  /** The last lines from now on: fewer than the screen has rows, narrower than its columns. */
  live: readonly string[]
  /** While something moves the cursor is hidden. */
  moving: boolean
}

const csi = '\u001b['
const frameStart = `${csi}?2026h`
const frameEnd = `${csi}?2026l`

/**
 * The last lines of a terminal, redrawn in place. Each frame is one write, synchronized where the terminal can; it
 * is left out when nothing changed. Live lines do not wrap, so one that a terminal takes for wider than we do is
 * clipped and the count of lines stays true. The screen is never cleared as a whole: tmux and others keep a copy of
 * a cleared screen in their history.
 */
export function createLiveRegion(out: TerminalOut): (frame: Frame) => void {
  let drawn: readonly string[] = []
  let drawnColumns = 0
  let hidden = false

  /** How many lines of the screen the live lines take now: a window that became narrower has wrapped them. */
  const heightOf = (columns: number, rows: number) => {
    const wrapped = (line: string) => Math.max(1, Math.ceil(displayWidth(line) / columns))
    const height = drawn.reduce((sum, line) => sum + (columns < drawnColumns ? wrapped(line) : 1), 0)
    return Math.min(height, rows - 1)
  }

  return ({ above = [], live, moving }) => {
    const { columns, rows } = sizeOf(out)
    const overwrite = columns === drawnColumns && above.length === 0
    const same = overwrite && sameLines(live, drawn)
    if (same && moving === hidden) return
    const cursor = moving === hidden ? '' : `${csi}?25${moving ? 'l' : 'h'}`
    const frame = same ? '' : back(heightOf(columns, rows), overwrite) + body(above, live)
    out.write(`${frameStart}${cursor}${frame}${frameEnd}`)
    drawn = live
    drawnColumns = columns
    hidden = moving
  }
}

/**
 * To the first live line. What cannot be written over line by line is erased on the way, each line by itself: that
 * also makes the terminal forget that it had wrapped them, else it joins our lines when the window grows again.
 */
function back(lines: number, overwrite: boolean): string {
  if (lines === 0) return ''
  return overwrite ? `\r${csi}${lines}A` : `\r${`${csi}A${csi}2K`.repeat(lines)}`
}

function body(above: readonly string[], live: readonly string[]): string {
  const kept = above.map((line) => `${line}\n`).join('')
  const moving = live.map((line) => `${line}${csi}K\n`).join('')
  return `${kept}${moving === '' ? '' : `${csi}?7l${moving}${csi}?7h`}${csi}J`
}

function sameLines(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, index) => line === other[index])
}
