import type { Notice } from '../../core/chat.ts'
import { harmlessLine } from '../words/harmless.ts'
import { wrap } from './wrap.ts'

/** A notice is one calm line, folded only by the width of the terminal. */
export function noticeLines(notice: Notice, columns = Number.POSITIVE_INFINITY): string[] {
  const lines = wrap([{ text: harmlessLine(notice.text) }], Math.max(1, columns - 1))
  return lines.map((line) => line.map((span) => span.text).join(''))
}
