const shape = /cnry[0-9a-f]{10}/g

/** A string that stands nowhere by chance. */
export function canaryOf(number: number): string {
  return `cnry${number.toString(16).padStart(10, '0')}`
}

export function canariesIn(text: string): string[] {
  return text.includes('cnry') ? [...new Set(text.match(shape) ?? [])] : []
}
