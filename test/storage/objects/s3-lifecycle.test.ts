import {
  DeleteBucketLifecycleCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lifecycleRules } from '../../../src/retention/lifecycle.ts'
import { checkLifecycle } from '../../../src/storage/objects/s3/index.ts'
import { type S3Fake, startS3 } from '../../fakes/s3-server.ts'
import { clientOn } from './s3-bed.ts'

const own = lifecycleRules().Rules
const asPolicy = { ok: [expect.stringContaining('those of the policy')], notes: [], faults: [] }
const others = {
  ok: [],
  notes: [],
  faults: [expect.stringMatching(/are not those of the policy.*policy lifecycle/)],
}

describe('the doctor of a bucket’s lifecycle rules', () => {
  let s3: S3Fake
  beforeEach(async () => {
    s3 = await startS3({ buckets: [{ name: 'files', versioning: 'Enabled' }] })
  })
  afterEach(() => s3[Symbol.asyncDispose]())

  const put = (rules: readonly LifecycleRule[]) =>
    clientOn(s3).send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: 'files',
        LifecycleConfiguration: { Rules: [...rules] },
      }),
    )
  const check = () => checkLifecycle({ client: clientOn(s3), bucket: 'files' }, own)

  it('is content with what the policy prints, under any names and in any order', async () => {
    await put(own)
    expect(await check()).toEqual(asPolicy)
    await put(own.toReversed().map((rule, index) => ({ ...rule, ID: `ours ${index}` })))
    expect(await check()).toEqual(asPolicy)
    const { Prefix } = own.at(-1)?.Filter ?? {}
    await put([...own.slice(0, -1), { ...own.at(-1), Status: 'Enabled', Filter: undefined, Prefix }])
    expect(await check()).toEqual(asPolicy)
  })

  it('says what to do where there are none, and where it may not look', async () => {
    const none = {
      ok: [],
      faults: [],
      notes: [expect.stringMatching(/no lifecycle rules.*docs\/privacy\.md/)],
    }
    expect(await check()).toEqual(none)
    await put(own)
    await clientOn(s3).send(new DeleteBucketLifecycleCommand({ Bucket: 'files' }))
    expect(await check()).toEqual(none)
    s3.fail({ match: ({ query }) => query.has('lifecycle'), count: 1, status: 403, code: 'AccessDenied' })
    expect(await check()).toMatchObject({ faults: [], notes: [expect.stringContaining('s3:GetLifecycle')] })
    s3.fail({ match: ({ query }) => query.has('lifecycle'), status: 501, code: 'NotImplemented' })
    expect(await check()).toMatchObject({ faults: [], notes: [expect.stringContaining('could not be seen')] })
  })

  it('finds a rule that is missing, that is switched off, that differs, and one that removes people’s files', async () => {
    const [first, ...rest] = own
    if (!first || rest.length === 0) throw new Error('the policy has two rules at least')
    const wrong: LifecycleRule[][] = [
      rest,
      [{ ...first, Status: 'Disabled' }, ...rest],
      [first, ...rest.map((rule) => ({ ...rule, Expiration: { Days: 400 } }))],
      [first, ...rest.map((rule) => ({ ...rule, Filter: { Prefix: 'elsewhere/' } }))],
      [...own, { ID: 'tidy', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 30 } }],
      [first, ...rest.map((rule) => ({ ...rule, Filter: { And: { Prefix: 'dumps/', Tags: [tag] } } }))],
    ]
    for (const rules of wrong) {
      await put(rules)
      expect(await check()).toEqual(others)
    }
  })

  it('lets an operator move files to cheaper storage', async () => {
    const Transitions = [{ Days: 30, StorageClass: 'STANDARD_IA' as const }]
    await put([...own, { ID: 'cheaper', Status: 'Enabled', Filter: { Prefix: '' }, Transitions }])
    expect(await check()).toEqual(asPolicy)
  })

  it('is not sent rules that S3 refuses', async () => {
    await expect(put([])).rejects.toMatchObject({ name: 'MalformedXML' })
    const [first] = own
    if (!first) throw new Error('no rule')
    await expect(put([first, first])).rejects.toMatchObject({ name: 'InvalidArgument' })
    await expect(put([{ ...first, Expiration: { Days: 0 } }])).rejects.toMatchObject({
      name: 'InvalidArgument',
    })
  })
})

const tag = { Key: 'kind', Value: 'old' }
