import type { Found } from './answer.ts'
import { answerFromOthers } from './answer-others.ts'
import { answerFromTable } from './answer-table.ts'
import { tableIn } from './choose-chart.ts'
import { compareProfiles } from './compare.ts'
import { changeCell, inOrder } from './compare-shared.ts'
import { listed, plain, safe } from './prose.ts'
import { filesIn } from './question-match.ts'
import { type Asked, overlooked, readQuestion } from './question-words.ts'
import type { Profile } from './schema.ts'
import { summaryOf } from './summary.ts'

const MOST_QUESTIONS = 10
const LONGEST_QUESTION = 300
const ASKING =
  /^(?:which|how|what|who|when|where|why|whose|count|sum|compare|total|average|calculate|compute|list|is|are|does|do|did|has|have|can)\b/i
const SURELY_ASKING =
  /^(?:which|how (?:many|much|often)|what|who|when|count|sum|compare|calculate|compute)\b/i
const BEYOND =
  /\b(?:why|should|recommend|advise|opinion|think|explain|predict|forecast|will|would|could|suggest|mean for|feel)\b/i

export type Answer = { answer: string; basis: string[]; confident: boolean }

/** The sentences of a brief that ask for something, at most ten, each once. */
export function questionsIn(brief: string): string[] {
  const sentences = brief
    .slice(0, 100_000)
    .split(/(?<=[?!;])\s+|(?<=[.:])\s+(?=[\p{Lu}\p{N}"“(])|\n+/u)
    .map((sentence) => plain(sentence.replace(/^[\s>*#-]*(?:\d{1,2}[.)]\s+)?/, ''), LONGEST_QUESTION))
  const asking = sentences.filter((sentence) => {
    const start = sentence.replace(/^(?:and|then|please|also|so|now|but)[,\s]+/i, '')
    return (
      (/\?["”)]?$/.test(sentence) && /\p{L}/u.test(sentence)) ||
      (SURELY_ASKING.test(start) && ASKING.test(start))
    )
  })
  return [...new Set(asking)].slice(0, MOST_QUESTIONS)
}

/** Answers from the profiles alone. `confident` is false when a word of the question was not understood. */
export function answerQuestion(question: string, profiles: readonly Profile[]): Answer {
  const { files, question: rest, words } = filesIn(question.slice(0, 1_000), profiles)
  const heard = () => readQuestion(rest, words)
  const asked = heard()
  if (BEYOND.test(asked.text)) return cannot(profiles)
  if (asked.operations.has('change') && overlooked(asked).length === 0) return compared(asked, files)
  const tables = inOrder(files.map(tableIn).filter((table) => table !== undefined))
  const fromTables = tables.flatMap((table) => understood(heard(), (own) => [answerFromTable(own, table)]))
  const all = fromTables.length > 0 ? fromTables : understood(asked, (own) => answerFromOthers(own, files))
  if (all.length === 0) return asked.operations.has('change') ? compared(asked, files) : cannot(profiles)
  // A file that left out more of the question than another answers a different one.
  const fewest = all.reduce((least, { unheard }) => Math.min(least, unheard.length), Number.POSITIVE_INFINITY)
  const best = all.filter(({ unheard }) => unheard.length === fewest)
  const doubts = [...new Set(best.flatMap((one) => [...one.doubts, ...overlookedNote(one.unheard)]))]
  return {
    answer: [...best.map(({ sentence }) => sentence), ...changeSentence(asked, best), ...doubts].join(' '),
    basis: [...new Set(best.flatMap(({ basis }) => basis))],
    confident: doubts.length === 0,
  }
}

type Understood = Found & { unheard: string[] }

function understood(asked: Asked, answer: (asked: Asked) => readonly (Found | undefined)[]): Understood[] {
  const found = answer(asked).filter((one) => one !== undefined)
  const unheard = overlooked(asked)
  return found.map((one) => ({ ...one, unheard }))
}

function overlookedNote(words: readonly string[]): string[] {
  return words.length === 0
    ? []
    : [`Not taken into account: ${listed(words.slice(0, 6).map((word) => `“${safe(word, 30)}”`))}.`]
}

/** "Compare these files" asks for no one figure: the main differences answer it. */
function compared(asked: Asked, files: readonly Profile[]): Answer {
  if (files.length < 2) return cannot(files)
  const doubts = overlookedNote(overlooked(asked))
  return {
    answer: [...compareProfiles(files).highlights, ...doubts].join(' '),
    basis: files.map(({ path }) => safe(path)),
    confident: doubts.length === 0,
  }
}

function changeSentence({ operations }: Asked, found: readonly Found[]): string[] {
  const [first, last] = [found[0], found.at(-1)]
  if (!first || !last || first === last || !operations.has('change')) return []
  if (first.value === undefined || last.value === undefined || first.unit !== last.unit) return []
  return [
    `From ${first.basis[0]?.split(':')[0]} to ${last.basis[0]?.split(':')[0]} that is a change of ${changeCell(first.value, last.value, first.unit)}.`,
  ]
}

function cannot(profiles: readonly Profile[]): Answer {
  const shown = profiles.slice(0, 3)
  const facts = shown.map((profile) => `${safe(profile.path)}: ${summaryOf(profile)}`)
  const nearest =
    facts.length === 0
      ? 'There is no file to compute from.'
      : `The nearest facts are these. ${facts.join(' ')}`
  return {
    answer: `The rehearsal model cannot answer this: it computes over columns and counts, and understands no meaning. ${nearest}`,
    basis: shown.map(({ path }) => safe(path)),
    confident: false,
  }
}
