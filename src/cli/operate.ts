import { parseConfig, readEnvironment } from '../config.ts'
import { LoomError } from '../core/errors.ts'
import { createLog } from '../log.ts'
import { openParts } from '../roles/parts.ts'
import { openAccount } from '../storage/tenants/create.ts'
import { artifactCommands } from './commands/artifacts.ts'
import { askedCommands } from './commands/asked.ts'
import { chatCommands } from './commands/chats.ts'
import type { Command } from './commands/command.ts'
import { jobCommands } from './commands/jobs.ts'
import { modelCommands } from './commands/models.ts'
import { policyCommand } from './commands/policy.ts'
import { scheduleCommands } from './commands/schedules.ts'
import { setupCommands } from './commands/setup.ts'
import { localOwner, noOwnerHere } from './local-owner.ts'

/** Those that need nobody's account. */
const beside = [...setupCommands, policyCommand]

/** The operator's commands. A new one is a file in `commands/` and its line here. */
const commands: readonly Command[] = [
  ...jobCommands,
  ...askedCommands,
  ...scheduleCommands,
  ...artifactCommands,
  ...chatCommands,
  ...modelCommands,
]

function usage(): string {
  const all = [...beside, ...commands]
  const width = Math.max(...all.map((command) => command.usage.length))
  const lines = all.map((command) => `  ${command.usage.padEnd(width)}  ${command.help}`)
  return ['Usage: npm run loom -- <command>', '', ...lines].join('\n')
}

/** Runs one command and prints what it gives; the exit code. Throws `LoomError` with the sentence for the person. */
export async function operate([name, ...words]: readonly string[]): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help') {
    process.stdout.write(`${usage()}\n`)
    return 0
  }
  const setup = beside.find((candidate) => candidate.name === name)
  if (setup) return setup.run((line) => void process.stdout.write(`${line}\n`), words)
  const command = commands.find((candidate) => candidate.name === name)
  if (!command) {
    throw new LoomError({
      kind: 'invalid_input',
      message: `There is no command ${name}. See npm run loom -- help`,
    })
  }
  const config = parseConfig(readEnvironment())
  if (config.mode === 'hosted') throw noOwnerHere()
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  await using stack = new AsyncDisposableStack()
  const parts = await openParts({ config, log: createLog({ level: 'warn' }), say })
  stack.defer(() => parts.close())
  const store = parts.openStore('loom_app')
  const { identityId, tenantId } = await openAccount(store, localOwner)
  const context = { tenantId, actor: { kind: 'person', identityId } } as const
  process.stdout.write(`${await command.run({ parts, store, context }, words)}\n`)
  return 0
}
