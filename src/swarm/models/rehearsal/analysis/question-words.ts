import { wordsOf } from './roles.ts'
import { isStopWord } from './words.ts'

type Operation =
  | 'count'
  | 'sum'
  | 'mean'
  | 'median'
  | 'min'
  | 'max'
  | 'distinct'
  | 'missing'
  | 'duplicate'
  | 'common'
  | 'share'
  | 'when'
  | 'most'
  | 'least'
  | 'change'
  | 'columns'

const OPERATIONS: readonly (readonly [Operation, RegExp])[] = [
  ['columns', /\b(?:which|what|how many) columns\b/g],
  ['common', /\bmost (?:common|frequent|often|usual)\w*\b|\btop\b/g],
  ['count', /\bhow many\b|\b(?:the )?number of\b|\bcounts?\b|\bhow often\b/g],
  ['sum', /\bsums?\b|\btotals?\b|\badds? up\b|\baltogether\b|\boverall\b|\bhow much\b|\bin all\b/g],
  ['mean', /\baverages?\b|\bmeans?\b|\bavg\b/g],
  ['median', /\bmedians?\b/g],
  ['distinct', /\bdistinct\b|\bdifferent\b|\bunique\b/g],
  ['missing', /\bmissing\b|\bempty\b|\bblanks?\b|\bgaps?\b/g],
  ['duplicate', /\bduplicat\w+\b|\btwice\b/g],
  ['share', /\bshares?\b|\bpercent\w*\b|\bproportion\b|\brates?\b/g],
  ['when', /\bwhen\b/g],
  ['most', /\bmost\b|\bbiggest\b|\bbest\b/g],
  ['least', /\bleast\b|\bfewest\b|\bworst\b/g],
  ['max', /\bmax(?:imum)?\b|\bhighest\b|\blargest\b|\bgreatest\b|\blatest\b|\blast\b/g],
  ['min', /\bmin(?:imum)?\b|\blowest\b|\bsmallest\b|\bcheapest\b|\bearliest\b|\bfirst\b/g],
  [
    'change',
    /\bchang(?:e|es|ed)\b|\bcompar\w+\b|\bdifferences?\b|\bgr(?:ow|ew|owth)\b|\brose\b|\bfell\b|\bbetween\b|\bversus\b|\bvs\b/g,
  ],
]

/** Words that narrow a question: overlooking one would answer another question. */
const QUALIFIERS = new Set(
  'not no never without except excluding over under above below more less than before after since until only'.split(
    ' ',
  ),
)
/** How people speak of customers who go. */
const SYNONYMS = new Map(
  ['churn', 'churned', 'lost', 'lose', 'left', 'leave', 'quit'].map((word) => [word, 'cancelled']),
)
const GENERIC = new Set(
  `row record line entry file table value data column sheet export csv give show list tell please find look compute
  calculate each every per group there many much kind sort across all three two both set and is are id ids export exports because due please`
    .split(/\s+/)
    .map(stem),
)

export type Asked = {
  text: string
  operations: ReadonlySet<Operation>
  /** Stems of the words that carry meaning, each with the word as it was written. */
  stems: ReadonlyMap<string, string>
  qualifiers: readonly string[]
  /** Stems that the answer has taken into account. */
  used: Set<string>
}

/** `fileWords` name the files that are asked about; they need no other answer. */
export function readQuestion(question: string, fileWords: readonly string[] = []): Asked {
  const text = question.slice(0, 500).replace(/[‘’]/g, "'").replace(/'s\b/g, '').toLowerCase()
  const operations = new Set<Operation>()
  let rest = text.replace(/\bsign-?ups?\b/g, 'sign up')
  for (const [operation, pattern] of OPERATIONS) {
    const without = rest.replace(pattern, ' ')
    if (without === rest) continue
    operations.add(operation)
    rest = without
  }
  const words = wordsOf(rest)
  const telling = words.filter((word) => word.length > 1 && !QUALIFIERS.has(word) && !isStopWord(word))
  const numbers = words.filter((word) => /^\d$/.test(word))
  const stems = new Map([...telling, ...numbers].map((word) => [stem(SYNONYMS.get(word) ?? word), word]))
  const used = new Set([...stems].filter(([, word]) => fileWords.includes(word)).map(([one]) => one))
  return { text, operations, stems, qualifiers: words.filter((word) => QUALIFIERS.has(word)), used }
}

/** The words of a question that nothing in the answer stands for. */
export function overlooked({ stems, qualifiers, used }: Asked): string[] {
  const words = [...stems].filter(([one]) => !used.has(one) && !GENERIC.has(one)).map(([, word]) => word)
  return [...new Set([...words, ...qualifiers])]
}

/** `cancelled`, `cancels` and `cancellations` become one; rough, the same for questions and names. */
export function stem(word: string): string {
  let root = word.toLowerCase()
  if (root.length > 4) {
    root = root
      .replace(/ies$/, 'y')
      .replace(/(?:ations?|ments?|ings?|ers?|ed)$/, (ending) =>
        root.length - ending.length >= 3 ? '' : ending,
      )
      .replace(/([^s])s$/, '$1')
  } else if (root.length > 3) root = root.replace(/([^s])s$/, '$1')
  root = root.replace(/([bdfglmnprt])\1$/, '$1')
  return root.length > 4 ? root.replace(/e$/, '') : root
}

export function stemsOf(name: string): string[] {
  return wordsOf(name).map(stem)
}
