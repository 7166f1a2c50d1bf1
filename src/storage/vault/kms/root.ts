import { LoomError } from '../../../core/errors.ts'
import type { Log } from '../../../core/ports.ts'
import type { KeysBucket } from './keys-bucket.ts'
import type { Wrapping } from './wrapping.ts'

const name = 'installation/root.key'
const context = { 'loom:installation': 'root' }

/**
 * The installation's root secret, made where there is none; the first writer wins. When tenants' keys are there and
 * it is not, that is a fault: another secret would find no account any more.
 */
export async function openRoot(deps: {
  bucket: KeysBucket
  wrapping: Wrapping
  mayWrite: () => Promise<void>
  log: Log
}): Promise<Buffer> {
  const { bucket, wrapping } = deps
  const wrapped = (await bucket.read(name)) ?? (await make(deps))
  return (await wrapping.open(context, wrapped)).key
}

async function make(deps: Parameters<typeof openRoot>[0]): Promise<Buffer> {
  const { bucket, log, wrapping } = deps
  await deps.mayWrite()
  if ((await bucket.firstNames()).some((found) => /^[0-9a-f-]{36}\//.test(found))) {
    // Somebody else may have made both since the first look.
    return (await bucket.read(name)) ?? lost()
  }
  if (await bucket.writeFirst(name, await wrapping.make(context))) {
    log.info({}, 'the root secret of this installation was made')
  }
  return (await bucket.read(name)) ?? lost()
}

function lost(): never {
  throw new LoomError({
    kind: 'corrupt',
    message:
      'The bucket that S3_KEYS_BUCKET names has lost installation/root.key. Put it back from your copy; without it Loom does not find the accounts again.',
    detail: 'root secret missing',
  })
}
