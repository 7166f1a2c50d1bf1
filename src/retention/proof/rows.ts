import { acrossTenants, type Store } from '../../storage/database.ts'
import { tableNames } from '../../storage/schema/names.ts'
import { daysOf, purgedWithinHours } from '../policy/rows.ts'
import { tables } from '../policy/tables.ts'
import { ageInWords, type ProofFinding } from './finding.ts'

/** Looks how old the oldest row of each table is, as somebody who sees all rows and changes none. */
export async function proveRows(store: Store): Promise<ProofFinding[]> {
  const findings: ProofFinding[] = []
  for (const { key, name, schema } of tableNames()) {
    const { keeps } = tables[key]
    const days = daysOf(tables[key])
    if (days === undefined) continue
    const isBound = ['age', 'with', 'star'].includes(keeps.rule)
    // A file says itself when its time is over; one that is starred has no end.
    const made = key === 'artifacts' ? `expires_at - interval '${days * 24} hours'` : 'created_at'
    const mostHours = days * 24 + purgedWithinHours
    const [row] = await acrossTenants(
      store,
      ({ sql }) => sql<{ hours: number | null; late: number }[]>`
        select extract(epoch from loom.clock() - min(${sql.unsafe(made)}))::float8 / 3600 as hours,
               count(*) filter (where ${sql.unsafe(made)} <= loom.clock() - ${mostHours} * interval '1 hour')::int as late
        from ${sql(`${schema}.${name}`)}`,
    )
    const oldest = row?.hours == null ? 'no rows' : `oldest ${ageInWords(row.hours)}`
    const late = isBound ? (row?.late ?? 0) : 0
    findings.push({
      part: 'rows',
      name: key,
      limit: isBound ? `${days} d, gone the next night` : wordsFor(keeps.rule, days),
      found: late > 0 ? `${oldest}, ${late} too old` : oldest,
      breach: late > 0,
    })
  }
  return findings
}

function wordsFor(rule: string, days: number): string {
  return rule === 'cited'
    ? `while something refers to it, looked at from ${days} d on`
    : `while it is waited for`
}
