import { digitRun, type Reading, readRun, scaleAfter } from './numbers.ts'

/** A figure as an answer cites it, with every place where it stands. */
export interface Figure {
  text: string
  at: readonly number[]
  readings: readonly Reading[]
}

const months =
  'jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz|apr(?:il)?|ma[iy]|june?|juni|july?|juli|aug(?:ust)?|' +
  'sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?'

/** What holds digits and is no figure: addresses, names of files, dates, times, places in a text, numbers of lists. */
const others: readonly RegExp[] = [
  /https?:\/\/\S+/gi,
  /\]\([^)]*\)/g,
  /[\p{L}\d_./-]*\.[a-z][a-z0-9]{1,4}\b/giu,
  /\b\d{4}-\d{2}(?:-\d{2})?(?:[T ]\d{2}:\d{2}(?::\d{2})?)?(?!\d)/g,
  /\b\d{1,2}([./])\d{1,2}\1(?:\d{4}|\d{2})(?!\d)/g,
  /(?<=\b(?:am|vom|bis|zum|den|der|ab|seit)\s)\d{1,2}\.\d{1,2}\.(?!\d)/gi,
  /\b\d{1,2}:\d{2}(?::\d{2})?\b/g,
  new RegExp(
    `\\b\\d{1,2}(?:st|nd|rd|th|\\.)?(?:\\s?[-–]\\s?\\d{1,2}\\.?)?\\s(?:of\\s)?(?:${months})\\b`,
    'gi',
  ),
  new RegExp(
    `\\b(?:${months})\\.?\\s\\d{1,2}(?:st|nd|rd|th)?(?:\\s?[-–]\\s?\\d{1,2})?\\b(?![.,]\\d|\\s?%)`,
    'gi',
  ),
  /^[\s>]*(?:[-*+]\s+)?\d{1,3}[.)]\s/gm,
  /^#+\s*\d+(?:\.\d+)*[.)]?\s/gm,
  /\b(?:pp?|pages?|seiten?|lines?|zeilen?|row|step|chapter|section|kapitel|abschnitt|no|nr)\.?\s?\d+(?:\s?[-–]\s?\d+)?/gi,
  /\b\d+(?:st|nd|rd|th)\b/gi,
  /\[\^?\d{1,3}\]/g,
]

const percentAfter = /^[\s\u00a0\u202f]?(?:%|percent|per cent|pct\b|prozent|pp\b)/i
const moneyBefore = /[$€£¥]\s?$/
const moneyAfter = /^[\s\u00a0\u202f]?(?:[$€£¥]|usd\b|eur\b|euros?\b|dollars?\b)/i

/**
 * The figures that an answer cites: amounts, shares, decimals, whole numbers from ten on. Not dates, bare years,
 * numbers of lists, names, or what counts on fingers; nor the whole and the nothing (100 %, 0 %).
 */
export function citedFigures(answer: string): Figure[] {
  const text = others.reduce(
    (left, pattern) => left.replace(pattern, (found) => ' '.repeat(found.length)),
    answer,
  )
  const figures = new Map<string, Figure>()
  for (const match of text.matchAll(digitRun)) {
    if (isPartOfName(text, match.index)) continue
    const end = match.index + match[0].length
    const isPercent = percentAfter.test(text.slice(end, end + 16))
    const isMoney =
      moneyBefore.test(text.slice(Math.max(0, match.index - 2), match.index)) ||
      moneyAfter.test(text.slice(end, end + 10))
    const scale = scaleAfter(text, end)
    for (const { readings, text: run } of readRun(match[0])) {
      if (isExcused(run, readings, { isPercent, isMoney, scale })) continue
      const scaled = scale === 1 ? [] : readings.map((reading) => times(reading, scale))
      const all = [...readings, ...scaled]
      const shown = isPercent ? `${run} %` : run
      figures.set(shown, {
        text: shown,
        at: [...(figures.get(shown)?.at ?? []), match.index + match[0].indexOf(run)],
        // A share may stand in the files as a fraction, and a fraction as a share.
        readings: [
          ...all,
          ...(isPercent ? all.map((reading) => times(reading, 0.01)) : []),
          ...all.filter(({ value }) => value < 1).map((reading) => times(reading, 100)),
        ],
      })
    }
  }
  return [...figures.values()]
}

/** `Q3`, `A-1043`, `utf-8`. */
function isPartOfName(text: string, at: number): boolean {
  return /(?:[\p{L}_]|[\p{L}_]-)$/u.test(text.slice(Math.max(0, at - 2), at))
}

function isExcused(
  run: string,
  readings: readonly Reading[],
  how: { isPercent: boolean; isMoney: boolean; scale: number },
): boolean {
  if (!/^\d+$/.test(run)) return false
  const value = readings[0]?.value ?? 0
  if (how.isPercent) return value === 0 || value === 100
  if (how.isMoney || how.scale !== 1) return value === 0
  return value < 10 || (run.length === 4 && value >= 1900 && value <= 2100)
}

function times({ unit, value }: Reading, factor: number): Reading {
  return { value: value * factor, unit: unit * factor }
}
