import type { Store } from '../../storage/database.ts'
import { loadVersions } from '../../storage/notices/versions.ts'
import type { NextVersion } from '../page/page.ts'
import { announcedOf, dayOf, earliestMsOf } from './standing.ts'

/** The version that is announced and does not hold yet, for the privacy page. For any role. */
export async function nextVersion(store: Store): Promise<NextVersion | undefined> {
  const announced = announcedOf(await loadVersions(store))
  if (!announced) return undefined
  const { changes, effective, number } = announced
  return { number, day: dayOf(earliestMsOf(announced) ?? Date.parse(effective)), changes }
}
