import { places } from './policy/places.ts'
import { daysOf } from './policy/rows.ts'

/** A rule as S3 takes it (PutBucketLifecycleConfiguration). */
export interface LifecycleRule {
  ID: string
  Status: 'Enabled'
  Filter: { Prefix: string }
  Expiration?: { Days: number } | { ExpiredObjectDeleteMarker: true }
  NoncurrentVersionExpiration?: { NoncurrentDays: number }
  AbortIncompleteMultipartUpload?: { DaysAfterInitiation: number }
}

/**
 * What the bucket of files can remove by itself, should the purge not get to it: unfinished uploads, replaced versions, and
 * what lies below a prefix with days of its own. Not people's files: S3 cannot see whether one is starred.
 */
export function lifecycleRules(): { Rules: LifecycleRule[] } {
  const unfinished = daysOf(places['objects:unfinished']) ?? 1
  const byPrefix = Object.entries(places).flatMap(([name, row]) => {
    const [, prefix] = /^objects:([a-z]+\/)$/.exec(name) ?? []
    const days = daysOf(row)
    return prefix && days !== undefined ? [ruleFor(prefix, days)] : []
  })
  return {
    Rules: [
      {
        ID: 'loom-unfinished',
        Status: 'Enabled',
        Filter: { Prefix: '' },
        Expiration: { ExpiredObjectDeleteMarker: true },
        NoncurrentVersionExpiration: { NoncurrentDays: unfinished },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: unfinished },
      },
      ...byPrefix,
    ],
  }
}

function ruleFor(prefix: string, days: number): LifecycleRule {
  return {
    ID: `loom-${prefix.slice(0, -1)}`,
    Status: 'Enabled',
    Filter: { Prefix: prefix },
    Expiration: { Days: days },
  }
}
