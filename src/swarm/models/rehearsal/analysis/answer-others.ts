import type { Found } from './answer.ts'
import { formatCount, listed, plural, safe } from './prose.ts'
import { type Asked, stem } from './question-words.ts'
import type { CodeProfile, Profile, TextProfile } from './schema.ts'

const MOST_NAMED = 20

type Topic<P> = { words: string; asks: RegExp; say: (profile: P) => string }

const TEXT_TOPICS: readonly Topic<TextProfile>[] = [
  {
    words: 'open to do dos todo task action item',
    asks: /\bto-?\s?dos?\b|\bopen (?:tasks?|items?|points?)\b|\baction items?\b/,
    say: ({ todos }) =>
      `has ${plural(todos.openCount, 'open to-do')}${named(todos.open.map(({ text }) => text))}`,
  },
  {
    words: 'longest section long',
    asks: /\blongest (?:section|chapter|part)\b/,
    say: ({ longestSection }) =>
      longestSection
        ? `has its longest section under “${safe(longestSection.heading)}” (${plural(longestSection.words, 'word')})`
        : 'has no sections',
  },
  {
    words: 'heading section chapter outline',
    asks: /\bheadings?\b|\bsections?\b|\bchapters?\b|\boutline\b/,
    say: ({ headings, headingCount }) =>
      `has ${plural(headingCount, 'heading')}${named(headings.map(({ text }) => text))}`,
  },
  {
    words: 'link url address',
    asks: /\blinks?\b|\burls?\b/,
    say: ({ links, linkCount }) => `has ${plural(linkCount, 'link')}${named(links.map(({ url }) => url))}`,
  },
  {
    words: 'date day deadline',
    asks: /\bdates?\b|\bdeadlines?\b/,
    say: ({ dates, dateCount }) =>
      `names ${plural(dateCount, 'date')}${named(dates.map(({ written }) => written))}`,
  },
  {
    words: 'topic theme word subject used often frequent',
    asks: /\btopics?\b|\bthemes?\b|\b(?:frequent|common)\w* words?\b|\bwords? .*\bmost\b/,
    say: ({ topWords }) =>
      `uses these words most${named(topWords.map(({ value, count }) => `${value} (${count})`))}`,
  },
  {
    words: 'word long text',
    asks: /\bwords?\b|\bhow long\b/,
    say: ({ words, lines }) => `has ${plural(words, 'word')} in ${plural(lines, 'line')}`,
  },
]
const CODE_TOPICS: readonly Topic<CodeProfile>[] = [
  {
    words: 'open to do dos todo fixme',
    asks: /\bto-?\s?dos?\b|\bfixmes?\b/,
    say: ({ todos }) => `has ${plural(todos.length, 'to-do')}${named(todos.map(({ text }) => text))}`,
  },
  {
    words: 'import depend dependency library package use',
    asks: /\bimports?\b|\bdepend\w*\b|\blibrar\w+\b/,
    say: ({ imports }) => `imports ${plural(imports.length, 'module')}${named(imports)}`,
  },
  {
    words: 'export exported function class name define',
    asks: /\bexport(?:s|ed)?\b/,
    say: ({ names }) => exportedNames(names),
  },
  {
    words: 'function class type name define',
    asks: /\bfunctions?\b|\bclass(?:es)?\b|\btypes?\b/,
    say: ({ names, nameCount }) =>
      `defines ${plural(nameCount, 'name')}${named(names.map(({ name, what }) => `${name} (${what})`))}`,
  },
  {
    words: 'language programming written',
    asks: /\blanguage\b/,
    say: ({ language }) => `is written in ${language}`,
  },
  {
    words: 'line code comment long',
    asks: /\blines?\b|\bhow long\b/,
    say: ({ lines }) =>
      `has ${plural(lines.total, 'line')}: ${formatCount(lines.code)} of code, ${formatCount(lines.comment)} of comment, ${formatCount(lines.blank)} blank`,
  },
]

/** Texts and code answer about what was counted in them; any file about its size. */
export function answerFromOthers(asked: Asked, profiles: readonly Profile[]): Found[] {
  if (/\bhow many files\b/.test(asked.text)) {
    return [
      {
        sentence: `There ${profiles.length === 1 ? 'is' : 'are'} ${plural(profiles.length, 'file')}.`,
        basis: profiles.map(({ path }) => safe(path)),
        doubts: [],
        value: String(profiles.length),
      },
    ]
  }
  return profiles.flatMap((profile) => {
    const topic = profile.kind === 'text' ? firstTopic(asked, TEXT_TOPICS) : undefined
    const codeTopic = profile.kind === 'code' ? firstTopic(asked, CODE_TOPICS) : undefined
    const said =
      profile.kind === 'text'
        ? topic?.say(profile)
        : profile.kind === 'code'
          ? codeTopic?.say(profile)
          : undefined
    return said === undefined
      ? []
      : [{ sentence: `${safe(profile.path)} ${said}.`, basis: [safe(profile.path)], doubts: [] }]
  })
}

function firstTopic<P>(asked: Asked, topics: readonly Topic<P>[]): Topic<P> | undefined {
  const topic = topics.find(({ asks }) => asks.test(asked.text))
  for (const word of topic?.words.split(' ') ?? []) asked.used.add(stem(word))
  return topic
}

function exportedNames(names: CodeProfile['names']): string {
  const exported = names.filter((one) => one.exported)
  return `exports ${plural(exported.length, 'name')}${named(exported.map(({ name, what }) => `${name} (${what})`))}`
}

function named(items: readonly string[]): string {
  if (items.length === 0) return ''
  const shown = items.slice(0, MOST_NAMED).map((item) => safe(item))
  return `: ${items.length > shown.length ? `${shown.join(', ')} and more` : listed(shown)}`
}
