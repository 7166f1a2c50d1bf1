/** What the system says when no connection comes about or one breaks. */
const codes = [
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
] as const

/** The same sentence for each of them, for a table of sentences by code. */
export function unreachable(sentence: string): Record<string, string> {
  return Object.fromEntries(codes.map((code) => [code, sentence]))
}
