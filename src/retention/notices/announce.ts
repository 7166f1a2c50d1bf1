import { LoomError } from '../../core/errors.ts'
import { dayMs } from '../../core/keep-days.ts'
import { type KnownVersion, noticeDays } from '../../core/notices.ts'
import type { Store } from '../../storage/database.ts'
import { announceVersion, loadVersions } from '../../storage/notices/versions.ts'
import { version } from '../policy.ts'
import { changesOf } from './changes.ts'
import { fingerprintOf, type PolicyFile, policyFacts, policyFile } from './facts.ts'
import { dayOf } from './standing.ts'

/** This code's table as a file, for the release before it to announce. */
export function policyTable(): PolicyFile {
  return { number: version.number, effective: version.effective, ...policyFacts() }
}

/**
 * Announces the table of the next release: everybody with an account is told from now on. What it changes is derived from
 * the two tables unless `words` say it. Throws `invalid_input` for a table that cannot be the next one, and `conflict` for a
 * number that was announced before.
 */
export async function announcePolicy(
  store: Store,
  input: { table: string; words: readonly string[] | undefined },
): Promise<Pick<KnownVersion, 'number' | 'effective' | 'changes'>> {
  const next = parseTable(input.table)
  const { effective, number } = next
  const fingerprint = fingerprintOf(next)
  const changes = input.words ?? changesOf(policyFacts(), next)
  if (number <= version.number) {
    throw invalid(
      `That table is of version ${number}, and version ${version.number} runs here. A changed table needs a new number.`,
    )
  }
  if (fingerprint === version.fingerprint || changes.length === 0) {
    throw invalid('That table promises what this one does. Nothing has to be announced.')
  }
  const earliestMs = store.now() + noticeDays * dayMs
  if (Date.parse(effective) < earliestMs) {
    throw invalid(
      `Version ${number} names ${effective}, which is less than ${noticeDays} days from now. Give it ${dayOf(earliestMs)} or a later day.`,
    )
  }
  const known = await loadVersions(store)
  if (
    known.some((one) => one.number >= number) ||
    !(await announceVersion(store, { number, effective, fingerprint, changes }))
  ) {
    throw new LoomError({
      kind: 'conflict',
      message: `Version ${number}, or one after it, was announced already. What is announced stays so: give a corrected one the next number.`,
      retryable: false,
    })
  }
  store.log.info({ version: number, effective }, 'a new version of the privacy policy is announced')
  return { number, effective, changes }
}

function parseTable(text: string): PolicyFile {
  const json = (() => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      return undefined
    }
  })()
  const parsed = policyFile.safeParse(json)
  if (parsed.success) return parsed.data
  throw invalid(
    'That file is no table of a policy. Make it in the next release: npm run --silent loom -- policy table > next.json',
  )
}

function invalid(message: string): LoomError {
  return new LoomError({ kind: 'invalid_input', message })
}
