import { columns } from '../../../src/retention/policy/columns.ts'
import { tableNames } from '../../../src/storage/schema/names.ts'

/** Other places that have to have held one, so that their emptiness afterwards means something. */
const others = ['objects', 'objects:exports', 'threads.address']

/** Columns with words of people, and those that say who they are or hold a key, in which no canary was ever found. */
export function unplaced(places: ReadonlySet<string>): string[] {
  const wanted = tableNames().flatMap(({ key, columns: names, name }) => {
    const classes: Partial<Record<string, readonly string[]>> = columns[key]
    const filled = [...(classes.content ?? []), ...(classes.person ?? []), ...(classes.secret ?? [])]
    return filled.filter((column) => column.endsWith('Sealed')).map((column) => `${name}.${names[column]}`)
  })
  return [...wanted, ...others].filter((place) => !places.has(place))
}
