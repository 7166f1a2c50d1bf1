import { createHash } from 'node:crypto'

/** The word that stands in everything one job is given and makes, and in nothing of any other job. */
export function markOf(seed: string, tenant: string, number: number): string {
  const secret = createHash('sha256').update(`${seed} ${tenant} ${number}`).digest('hex').slice(0, 10)
  return `mark-${tenant}-${number}-${secret}`
}

/** Every mark in a text, each once. */
export function marksIn(text: string): string[] {
  return [...new Set(text.match(/mark-[a-z]+-\d+-[0-9a-f]{10}/g))]
}
