import type { Part } from './compare-shared.ts'
import { formatCount, listed, markdownTable, plural, safe } from './prose.ts'
import type { CodeProfile, TextProfile } from './schema.ts'

const MOST_TOPICS = 15
const MOST_TODOS = 100

/** What texts speak of together, and every open to-do in one list, those in code too. */
export function compareTexts(texts: readonly TextProfile[], codes: readonly CodeProfile[]): Part {
  const topics = texts.length < 2 ? [] : sharedTopics(texts)
  const todos = [
    ...texts.flatMap(({ path, todos: { open } }) => open.map((todo) => ({ path, ...todo }))),
    ...codes.flatMap(({ path, todos: open }) => open.map((todo) => ({ path, ...todo }))),
  ]
  const count =
    texts.reduce((sum, { todos: { openCount } }) => sum + openCount, 0) +
    codes.reduce((sum, one) => sum + one.todos.length, 0)
  const done = texts.reduce((sum, { todos: { doneCount } }) => sum + doneCount, 0)
  const files = new Set(todos.map(({ path }) => path)).size
  const sections: string[] = []
  const highlights: string[] = []
  if (topics.length > 0) {
    sections.push(
      '## Words they share',
      markdownTable(
        ['word', ...texts.map(({ path }) => safe(path, 40))],
        topics.map(({ word, counts }) => [safe(word), ...counts.map(formatCount)]),
      ),
    )
    highlights.push(
      `The texts share the words ${listed(topics.slice(0, 5).map(({ word }) => `“${safe(word)}”`))} among those they use most.`,
    )
  } else if (texts.length > 1) highlights.push('The words that the texts use most have none in common.')
  if (count > 0) {
    const lines = todos
      .slice(0, MOST_TODOS)
      .map(({ path, text, line }) => `- [ ] ${safe(text, 160)} (${safe(path)}, line ${formatCount(line)})`)
    sections.push('## All open to-dos', lines.join('\n'))
    if (count > lines.length) sections.push(`${plural(count - lines.length, 'more to-do')} not shown.`)
    highlights.push(
      `${plural(count, 'to-do')} ${count === 1 ? 'is' : 'are'} open in ${plural(files, 'file')}${done > 0 ? `; ${formatCount(done)} ${done === 1 ? 'is' : 'are'} done` : ''}.`,
    )
  }
  return { sections, highlights }
}

function sharedTopics(texts: readonly TextProfile[]): { word: string; counts: number[] }[] {
  const words = new Map<string, number[]>()
  texts.forEach(({ topWords }, at) => {
    for (const { value, count } of topWords) {
      const counts = words.get(value) ?? texts.map(() => 0)
      counts[at] = count
      words.set(value, counts)
    }
  })
  return [...words]
    .map(([word, counts]) => ({ word, counts }))
    .filter(({ counts }) => counts.filter((count) => count > 0).length > 1)
    .sort((a, b) => total(b.counts) - total(a.counts))
    .slice(0, MOST_TOPICS)
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
