import { type Config, parseConfig, readEnvironment } from '../../config.ts'
import { LoomError } from '../../core/errors.ts'
import { plural } from '../../core/format.ts'
import { examine, type Finding } from '../../roles/doctor/index.ts'
import { migrate } from '../../roles/open-database.ts'
import { parseRoles } from '../../roles/start.ts'
import { correctCommand } from './correct.ts'
import { deskCommands } from './desk.ts'
import { dumpCommands } from './dump.ts'
import { exportCommand } from './export.ts'
import type { SetupCommand } from './setup-command.ts'

export const setupCommands: readonly SetupCommand[] = [
  {
    name: 'doctor',
    usage: 'doctor [ROLE]',
    help: 'try every connection that the settings name, for all roles or one, and say what to do about each fault',
    async run(say, words) {
      const config = parseConfig(readEnvironment(), parseRoles(words))
      let faults = 0
      let last = ''
      for await (const finding of examine(config)) {
        say(line(finding, finding.part === last))
        last = finding.part
        if (finding.state === 'fault') faults += 1
      }
      say(faults === 0 ? '\nEverything that is named answers.' : `\n${plural(faults, 'fault')}.`)
      return faults === 0 ? 0 : 1
    },
  },
  {
    name: 'migrate',
    usage: 'migrate',
    help: 'bring the database to this version of Loom, by DATABASE_URL_MIGRATE',
    async run(say) {
      const config = parseConfig(readEnvironment(), [])
      await migrate(urlOf(config), config)
      say('The database is at this version of Loom.')
      return 0
    },
  },
  ...deskCommands,
  ...dumpCommands,
  exportCommand,
  correctCommand,
]

const signs: Record<Finding['state'], string> = { ok: '✓', note: '·', fault: '✗' }

function line({ part, state, text }: Finding, isSamePart: boolean): string {
  return `  ${signs[state]} ${(isSamePart ? '' : part).padEnd(10)}${text}`
}

function urlOf({ database }: Config): string {
  if (database?.migrate) return database.migrate
  throw new LoomError({
    kind: 'invalid_input',
    message: database
      ? 'DATABASE_URL_MIGRATE is missing: the login that may change the schema.'
      : 'The embedded database is migrated at every start; there is nothing to do.',
  })
}
