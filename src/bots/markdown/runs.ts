/** Words of Markdown in which nothing is markup any more: each platform writes them in its own way. */
export type Run =
  | { type: 'text'; text: string; style?: RunStyle }
  | { type: 'link'; url: string; text: string; style?: RunStyle }

export interface RunStyle {
  bold?: true
  italic?: true
  strike?: true
  code?: true
}

/** A run of text; none for no text, which some platforms refuse. */
export function textRun(text: string, style: RunStyle = {}): Run[] {
  if (text === '') return []
  return [{ type: 'text', text, ...(Object.keys(style).length > 0 ? { style } : {}) }]
}

export function wordsOf(runs: readonly Run[]): string {
  return runs.map((run) => run.text).join('')
}

export function runLength(run: Run): number {
  return run.text.length + (run.type === 'link' ? run.url.length : 0)
}
