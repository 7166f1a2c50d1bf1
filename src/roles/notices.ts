import { setTimeout as sleep } from 'node:timers/promises'
import { toLoomError } from '../core/errors.ts'
import { driveNotices } from '../retention/notices/drive.ts'
import type { Parts } from './parts.ts'
import type { Role } from './role.ts'

const everyMs = 5_000

/** Tells account holders of a policy that is announced, beside the scheduler. Without a mail server it does nothing. */
export async function startNotices(parts: Pick<Parts, 'openStore' | 'config' | 'log'>): Promise<Role> {
  const { mail, publicUrl } = parts.config
  if (!mail) return { close: async () => undefined }
  const { createMailer } = await import('../retention/notices/smtp.ts')
  const mailer = createMailer(mail)
  const closing = new AbortController()
  const deps = {
    store: parts.openStore('loom_app'),
    all: parts.openStore('loom_dump'),
    page: `${publicUrl}/privacy`,
    signal: closing.signal,
    mailer,
  }
  const loop = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await driveNotices(deps).catch((thrown) => {
        if (closing.signal.aborted) return
        const { detail, kind } = toLoomError(thrown)
        parts.log.warn({ kind, detail }, 'notices were not looked at')
      })
      await sleep(everyMs, undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }
  const done = loop()
  return {
    async close() {
      closing.abort()
      await done
      mailer.close()
    },
  }
}
