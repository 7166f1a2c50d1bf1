/** What Slack sends is looked at field by field: payloads grow fields and blocks that nobody here has heard of. */
export type Loose = Readonly<Record<string, unknown>>

export function recordOf(value: unknown): Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {}
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : ''
}

/** A text that is there and not empty. */
export function wordOf(value: unknown): string | undefined {
  const text = textOf(value)
  return text === '' ? undefined : text
}
