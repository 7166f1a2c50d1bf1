import type { Asked, Outcome } from './routes.ts'

const root = /<LifecycleConfiguration[^>]*>(.*)<\/LifecycleConfiguration>/s

/** A bucket's lifecycle rules: put, read back as they were put, taken away. They are kept and never carried out. */
export function routeLifecycle({ body, bucket, method }: Asked): Outcome {
  if (method === 'DELETE') {
    delete bucket.lifecycle
    return { status: 204 }
  }
  if (method === 'PUT') {
    const fault = faultOf(body.toString())
    if (fault) return { refusal: { status: 400, code: fault } }
    bucket.lifecycle = body.toString()
    return { status: 200 }
  }
  if (method !== 'GET') return { refusal: { status: 405, code: 'MethodNotAllowed' } }
  if (bucket.lifecycle === undefined)
    return { refusal: { status: 404, code: 'NoSuchLifecycleConfiguration' } }
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: bucket.lifecycle }
}

/** What S3 refuses of rules. */
function faultOf(text: string): 'MalformedXML' | 'InvalidArgument' | 'InvalidRequest' | undefined {
  const rules = [...(root.exec(text)?.[1] ?? '').matchAll(/<Rule>(.*?)<\/Rule>/gs)].map(
    ([, rule = '']) => rule,
  )
  if (rules.length === 0 || rules.length > 1_000) return 'MalformedXML'
  const ids = rules.map((rule) => /<ID>(.*?)<\/ID>/s.exec(rule)?.[1] ?? '')
  if (new Set(ids).size < ids.length || ids.some((id) => id.length > 255)) return 'InvalidArgument'
  for (const rule of rules) {
    if (!/<Status>(Enabled|Disabled)<\/Status>/.test(rule)) return 'MalformedXML'
    if (!/<Filter[ />]|<Prefix>/.test(rule)) return 'MalformedXML'
    const acts =
      /<(Expiration|NoncurrentVersionExpiration|AbortIncompleteMultipartUpload|Transition|NoncurrentVersionTransition)>/
    if (!acts.test(rule)) return 'InvalidRequest'
    const days = [...rule.matchAll(/<(?:Days|NoncurrentDays|DaysAfterInitiation)>(.*?)</g)]
    if (days.some(([, each]) => !/^[1-9]\d*$/.test(each ?? ''))) return 'InvalidArgument'
    if (/<Expiration>.*<Days>.*<ExpiredObjectDeleteMarker>.*<\/Expiration>/s.test(rule)) return 'MalformedXML'
  }
  return undefined
}
