import type { Config } from '../../config.ts'
import { type Finding, look } from './finding.ts'

const part = 'mail'

/** Whether the mail server takes a connection and the login. Sends nothing. */
export async function examineMail({ mail, mode }: Config): Promise<Finding[]> {
  if (!mail) {
    const text = 'No mail server: a change of the privacy policy cannot be announced. Set LOOM_MAIL_URL.'
    return mode === 'hosted' ? [{ part, state: 'note', text }] : []
  }
  return look(part, async () => {
    const { createMailer } = await import('../../retention/notices/smtp.ts')
    const mailer = createMailer({ ...mail, boundMs: 20_000 })
    try {
      await mailer.verify()
    } finally {
      mailer.close()
    }
    const how = mail.needsTls || mail.secure ? 'over TLS' : 'in the open, on this machine'
    return [
      {
        part,
        state: 'ok',
        text: `The mail server answers ${how}${mail.login ? ' and takes the login' : ''}.`,
      },
    ]
  })
}
