import type { Config } from '../../config.ts'
import { checkLogin } from '../../storage/check-login.ts'
import type { DatabaseRole } from '../../storage/database.ts'
import { openEmbeddedPostgres } from '../../storage/embedded/open.ts'
import { type Finding, findingsOf, look } from './finding.ts'

const part = 'database'

/** Every login that the settings name, or the embedded server, which is started for it where it does not run. */
export async function examineDatabase(config: Config): Promise<Finding[]> {
  const { database } = config
  if (!database) return look(part, () => examineEmbedded(config), 60_000)
  const logins = [
    { setting: 'DATABASE_URL', url: database.app, role: 'loom_app' },
    { setting: 'DATABASE_URL_WORKER', url: database.worker, role: 'loom_worker' },
    { setting: 'DATABASE_URL_PURGE', url: database.purge, role: 'loom_purge' },
    { setting: 'DATABASE_URL_DUMP', url: database.dump, role: 'loom_dump' },
  ] as const
  // One login for several roles is looked at once.
  const own = logins.filter(({ url }, at) => at < 2 || logins.findIndex((other) => other.url === url) === at)
  const found = await Promise.all(
    own.map(({ role, setting, url }) => look(part, () => examineLogin({ role, setting, url }, config))),
  )
  const migrations: Finding[] = database.migrate
    ? []
    : [
        {
          part,
          state: 'note',
          text: 'This process does not migrate: npm run loom -- migrate does, before a deploy.',
        },
      ]
  return [...found.flat(), ...migrations]
}

async function examineLogin(
  login: { setting: string; url: string; role: DatabaseRole },
  { database, mode }: Config,
): Promise<Finding[]> {
  const { clockOffMs, faults, notes, ok } = await checkLogin(login.url, {
    ...login,
    migrates: database?.migrate !== undefined,
  })
  // A login with too many rights is a fault where strangers' data lies, and one's own business on one's own machine.
  const checked = mode === 'hosted' ? { ok, faults: [...faults, ...notes] } : { ok, faults, notes }
  const named = (text: string) => `${login.setting}: ${text}`
  return [
    ...findingsOf(part, {
      ok: checked.ok.map(named),
      faults: checked.faults.map(named),
      notes: ('notes' in checked ? checked.notes : []).map(named),
    }),
    ...clockFindings(clockOffMs),
  ]
}

/** Leases and expiries are the database's; links and signatures are this machine's. */
function clockFindings(clockOffMs: number | undefined): Finding[] {
  if (clockOffMs === undefined || Math.abs(clockOffMs) < 30_000) return []
  const seconds = Math.round(Math.abs(clockOffMs) / 1_000)
  const text = `This machine's clock and the database's are ${seconds} s apart. Set the clock of this machine by NTP.`
  return [{ part, state: 'fault', text }]
}

async function examineEmbedded({ home }: Config): Promise<Finding[]> {
  const server = await openEmbeddedPostgres({ home, say: () => undefined })
  try {
    const { faults, ok } = await checkLogin(server.url, {
      role: 'loom_app',
      setting: 'LOOM_HOME',
      migrates: true,
    })
    return findingsOf(part, { ok: ok.map((text) => `Embedded: ${text}`), faults })
  } finally {
    await server.close()
  }
}
