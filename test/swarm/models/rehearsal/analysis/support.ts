import { expect } from 'vitest'
import {
  type ColumnProfile,
  type Profile,
  profileFile,
  type TableProfile,
} from '../../../../../src/swarm/models/rehearsal/analysis/profile.ts'

export function profiled(path: string, text: string): Profile {
  return profileFile({ path, text, mediaType: 'application/octet-stream' })
}

export function table(text: string, path = 'data.csv'): TableProfile {
  const profile = profiled(path, text)
  if (profile.kind !== 'table') return expect.fail(`a table was expected, not ${profile.kind}`)
  return profile
}

export function column(profile: TableProfile, name: string): ColumnProfile {
  const found = profile.columns.find((one) => one.name === name)
  return found ?? expect.fail(`no column ${name} in ${profile.columns.map((one) => one.name).join(', ')}`)
}

export function ofKind<K extends Profile['kind']>(profile: Profile, kind: K): Extract<Profile, { kind: K }> {
  if (profile.kind !== kind) return expect.fail(`${kind} was expected, not ${profile.kind}`)
  return profile as Extract<Profile, { kind: K }>
}
