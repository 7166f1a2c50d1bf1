import type { Part } from '../../../core/model.ts'
import { type Profile, parseProfile } from './analysis/profile.ts'
import { type Reading, readingsOf, readOn } from './reading.ts'
import { callTools, type Scene } from './scene.ts'

const readsAtOnce = 12

/**
 * The profiles that the reading agents left, or the calls that read on towards them. Files that do not parse are left
 * out: they are other agents' writing, not this code's.
 */
export function gatherProfiles(scene: Scene): { calls: Part[] } | { profiles: Profile[] } {
  const paths = scene.assignment.files
    .map((file) => file.path)
    .filter((path) => /^work\/[^/]+\/profiles\.json$/.test(path))
  const readings = readingsOf(scene, paths)
  const open = readings.filter((reading) => reading.state === 'open')
  if (open.length > 0 && scene.mayCallTools)
    return { calls: callTools(scene, open.slice(0, readsAtOnce).map(readOn)) }
  return { profiles: readings.flatMap(parseProfiles) }
}

function parseProfiles(reading: Reading): Profile[] {
  if (reading.state !== 'whole') return []
  try {
    const list: unknown = JSON.parse(reading.text)
    return Array.isArray(list) ? list.map((item) => parseProfile(JSON.stringify(item))) : []
  } catch {
    return []
  }
}
