import { safe } from './prose.ts'
import type { LabelMatch } from './question-match.ts'
import type { Asked } from './question-words.ts'
import type { ColumnProfile, TableProfile } from './schema.ts'

export type Found = {
  /** True by itself, safe for Markdown. */
  sentence: string
  basis: string[]
  /** Why the sentence may not be what was asked for. */
  doubts: string[]
  /** The one figure of the answer, for a comparison between files. */
  value?: string
  unit?: string
}

/** What the question was understood to ask of one table. */
export type Request = {
  asked: Asked
  table: TableProfile
  target?: ColumnProfile
  label?: LabelMatch
  doubts: string[]
}

export function found(
  { table, doubts }: Request,
  sentence: string,
  from: string,
  value?: string,
  unit?: string,
): Found {
  return {
    sentence,
    basis: [`${safe(table.path)}: ${from}`],
    doubts,
    ...(value === undefined ? {} : { value }),
    ...(unit === undefined ? {} : { unit }),
  }
}
