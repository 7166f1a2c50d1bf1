import { isDeepStrictEqual } from 'node:util'
import { GetBucketLifecycleConfigurationCommand, type LifecycleRule } from '@aws-sdk/client-s3'
import { toLoomError } from '../../../core/errors.ts'
import { fromS3 } from './s3-errors.ts'
import type { S3Place } from './upload.ts'

export interface LifecycleFindings {
  ok: string[]
  notes: string[]
  /** Each a sentence that says what to do. */
  faults: string[]
}

const how = 'docs/privacy.md has the command that sets what npm run loom -- policy lifecycle prints.'

/**
 * Looks whether the bucket has the rules: all of them, and none beside that removes anything. They are a second line, so
 * that having none is no fault; having others may remove what people were promised to keep. Never throws.
 */
export async function checkLifecycle(
  { bucket, client }: Pick<S3Place, 'client' | 'bucket'>,
  rules: readonly LifecycleRule[],
): Promise<LifecycleFindings> {
  const found = await rulesOf({ bucket, client })
  if ('words' in found) return { ok: [], faults: [], notes: [found.words] }
  if (found.rules.length === 0) {
    const words = `It has no lifecycle rules, which are a second line behind the nightly purge. ${how}`
    return { ok: [], faults: [], notes: [words] }
  }
  const [wanted, there] = [rules.map(meaningOf), found.rules.map(meaningOf)]
  const isSet = wanted.every((rule) => there.some((other) => isDeepStrictEqual(rule, other)))
  const strange = there.filter((rule) => !wanted.some((other) => isDeepStrictEqual(rule, other)))
  if (isSet && !strange.some(({ removes }) => removes))
    return { ok: ['Its lifecycle rules are those of the policy.'], notes: [], faults: [] }
  const words = `Its lifecycle rules are not those of the policy, so it may keep or remove what it should not. ${how}`
  return { ok: [], notes: [], faults: [words] }
}

async function rulesOf({
  bucket,
  client,
}: Pick<S3Place, 'client' | 'bucket'>): Promise<{ rules: LifecycleRule[] } | { words: string }> {
  try {
    const { Rules } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }))
    return { rules: Rules ?? [] }
  } catch (thrown) {
    const name = thrown instanceof Error ? thrown.name : ''
    if (name === 'NoSuchLifecycleConfiguration') return { rules: [] }
    if (name === 'AccessDenied')
      return { words: `Loom may not see its lifecycle rules: allow s3:GetLifecycleConfiguration. ${how}` }
    return { words: `Its lifecycle rules could not be seen. ${toLoomError(fromS3(thrown)).message}` }
  }
}

/** What a rule does, whatever it is called and however it is written. One that is switched off does nothing. */
function meaningOf(rule: LifecycleRule) {
  const { Expiration, Filter, NoncurrentVersionExpiration, Prefix, Status } = rule
  const isOn = Status === 'Enabled'
  const { And, Prefix: prefix = And?.Prefix ?? Prefix ?? '', ...narrower } = Filter ?? {}
  return {
    prefix,
    narrower: [And && { ...And, Prefix: undefined }, ...Object.values(narrower)].filter(Boolean),
    expires: (isOn && (Expiration?.Days ?? Expiration?.Date?.toISOString())) || undefined,
    marks: (isOn && Expiration?.ExpiredObjectDeleteMarker) || undefined,
    replaced: (isOn && NoncurrentVersionExpiration?.NoncurrentDays) || undefined,
    kept: (isOn && NoncurrentVersionExpiration?.NewerNoncurrentVersions) || undefined,
    unfinished: (isOn && rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation) || undefined,
    removes: isOn && (Expiration !== undefined || NoncurrentVersionExpiration !== undefined),
  }
}
