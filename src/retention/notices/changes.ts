import type { PolicyFacts } from './facts.ts'

/** What one policy changes of another, a sentence each, as it is told to people. Empty where nothing that binds changes. */
export function changesOf(before: PolicyFacts, after: PolicyFacts): string[] {
  return [
    ...compare(before.rows, after.rows, {
      added: ({ kept, purpose }) => `New: ${inside(purpose)} (kept ${kept}).`,
      removed: ({ purpose }) => `No longer kept: ${inside(purpose)}.`,
      changed: rowChanges,
    }),
    ...compare(before.processors, after.processors, {
      added: ({ gets, name, purpose }) => `Data can go to somebody new, ${name}. ${purpose} ${gets}`,
      removed: ({ name }) => `Data goes to ${name} no longer.`,
      changed: (was, is) => [
        `${is.name}: ${is.purpose} ${is.gets} ${is.eraser}`.trim(),
        ...(was.name === is.name ? [] : [`${was.name} is ${is.name} from then on.`]),
      ],
    }),
    ...compare(before.categories, after.categories, {
      added: ({ title, what }) => `A new kind of data, ${title}: ${what}`,
      removed: ({ title }) => `A kind of data is gone: ${title}.`,
      changed: (_, { title, what }) => [`${title}, from then on: ${what}`],
    }),
    ...compareCookies(before.cookies, after.cookies),
  ]
}

type RowFacts = PolicyFacts['rows'][string]

function rowChanges(was: RowFacts, is: RowFacts): string[] {
  const what = inside(is.purpose)
  return [
    ...(was.purpose === is.purpose
      ? []
      : [`For another purpose: ${what} (until then: ${inside(was.purpose)}).`]),
    ...(was.kept === is.kept ? [] : [`Another time: ${what} is kept ${is.kept}, until then ${was.kept}.`]),
    ...(was.category === is.category ? [] : [`Counts as another kind of data: ${what}.`]),
    ...(was.eraser === is.eraser ? [] : [`Is removed in another way: ${what}.`]),
    ...(was.exception === is.exception
      ? []
      : [`Another exception, for ${what}: ${is.exception ?? 'none any more'}`]),
  ]
}

function compareCookies(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  return compare(before, after, {
    added: (what, name) => `A new cookie, ${name}: ${what}`,
    removed: (_, name) => `A cookie is gone: ${name}.`,
    changed: (_, what, name) => [`The cookie ${name}, from then on: ${what}`],
  })
}

function compare<Item>(
  before: Readonly<Record<string, Item>>,
  after: Readonly<Record<string, Item>>,
  say: {
    added: (item: Item, name: string) => string
    removed: (item: Item, name: string) => string
    changed: (was: Item, is: Item, name: string) => string[]
  },
): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return names.flatMap((name) => {
    const [was, is] = [before[name], after[name]]
    if (was === undefined) return is === undefined ? [] : [say.added(is, name)]
    if (is === undefined) return [say.removed(was, name)]
    return JSON.stringify(was) === JSON.stringify(is) ? [] : say.changed(was, is, name)
  })
}

/** A purpose within a sentence: without its own full stop. */
function inside(purpose: string): string {
  return purpose.replace(/\.$/, '')
}
