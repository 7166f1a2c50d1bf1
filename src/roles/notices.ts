import { driveNotices } from '../retention/notices/drive.ts'
import type { Parts } from './parts.ts'
import type { Role } from './role.ts'
import { takeTurns } from './turns.ts'

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
  const turns = takeTurns({
    ...{ log: parts.log, everyMs, closing, trouble: 'notices were not looked at' },
    turn: () => driveNotices(deps),
  })
  return {
    async close(input) {
      await turns.close(input)
      mailer.close()
    },
  }
}
