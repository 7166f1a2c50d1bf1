const STOP_WORDS = new Set(
  `a about after all also am an and any are as at be been but by can could did do does for from get got had has have he
  her here his how i if in into is it its just like me more most my no not now of on one only or other our out over she
  should so some than that the their them then there these they this those to too two up us very was we were what when
  which who will with would you your
  aber alle als also am an auch auf aus bei bin bis da das dass dem den der des die dies diese doch du ein eine einem
  einen einer er es für haben hat ich ihr im in ist ja kann kein man mehr mit nach nicht noch nur oder schon sein sich
  sie sind so über um und uns von vor war was wenn wer wie wir wird zu zum zur`.split(/\s+/),
)

export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word)
}

/** The words of a line; an apostrophe or a hyphen inside belongs to the word. */
export function wordsIn(line: string): string[] {
  return line.match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu) ?? []
}

/** The most frequent words that carry meaning, most frequent first, at most `most`. */
export function topWords(
  counts: ReadonlyMap<string, number>,
  most: number,
): { value: string; count: number }[] {
  return [...counts]
    .filter(([word]) => word.length > 2 && word.length < 40 && /\p{L}/u.test(word) && !STOP_WORDS.has(word))
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, most)
    .map(([value, count]) => ({ value, count }))
}
