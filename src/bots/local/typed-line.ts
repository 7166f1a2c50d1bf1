import { harmlessLine } from '../words/harmless.ts'
import { paint } from './spans.ts'
import { displayWidth, truncate } from './width.ts'

const hint = 'tell the agents something, or stop'

/** The line that a person is typing, its end when it is too long; while it is empty, what could be typed. Pure. */
export function typedLine(text: string, options: { columns: number; color: boolean }): string {
  const room = Math.max(1, Math.min(options.columns - 1, 100) - 3)
  const look = { color: options.color, links: false }
  if (text === '') return paint([{ text: `› ${truncate(hint, room)}`, styles: ['dim'] }], look)
  // What is typed is not trimmed: the person sees the space that was just typed by the mark behind it.
  const shown = text.endsWith(' ') ? `${harmlessLine(text)} ` : harmlessLine(text)
  let tail = [...shown].slice(-options.columns)
  while (displayWidth(tail.join('')) > room) tail = tail.slice(1)
  return paint([{ text: '› ', styles: ['cyan'] }, { text: `${tail.join('')}_` }], look)
}
