import { isDeepStrictEqual } from 'node:util'
import { Routes } from 'discord.js'
import { z } from 'zod'
import type { Log } from '../../core/ports.ts'
import type { DiscordRest } from './rest.ts'

/** What of a command is ours to say; Discord adds ids, versions and defaults of its own. */
const ownFields = ['type', 'name', 'description', 'options'] as const
/** These Discord keeps of commands that are there everywhere alone. */
const everywhereFields = ['integration_types', 'contexts'] as const

const commandsShape = z.array(z.looseObject({ name: z.string(), type: z.number() }))

/**
 * Has Discord know our commands, everywhere or in one server: put there only where what is there differs, so that many
 * processes may do it at every start.
 */
export async function registerCommands(
  deps: { rest: DiscordRest; log: Log },
  input: { applicationId: string; guildId: string | undefined; commands: readonly object[] },
): Promise<void> {
  const { applicationId, commands, guildId } = input
  const route = guildId
    ? Routes.applicationGuildCommands(applicationId, guildId)
    : Routes.applicationCommands(applicationId)
  const there = commandsShape.parse(await deps.rest.call({ method: 'GET', route }))
  const everywhere = guildId === undefined
  if (isDeepStrictEqual(sorted(there, everywhere), sorted(commands, everywhere))) return
  await deps.rest.call({ method: 'PUT', route, body: commands })
  deps.log.info(
    { commands: commands.length, oneServer: guildId !== undefined },
    'the commands were registered',
  )
}

function sorted(commands: readonly object[], everywhere: boolean): unknown[] {
  const named = commands.map((command) => {
    const fields = command as Record<string, unknown>
    const where = everywhere ? everywhereFields.map((name) => listOf(fields[name])) : []
    return [...ownFields.map((name) => plain(fields[name])), ...where]
  })
  return named.sort((one, other) => String(one.slice(0, 2)).localeCompare(String(other.slice(0, 2))))
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? [...value].sort() : []
}

/** Without what Discord leaves out of its answers, or puts into them, where it says nothing. */
function plain(value: unknown): unknown {
  if (saysNothing(value)) return ''
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const said = Object.entries(value).filter(([, inner]) => !saysNothing(inner))
  return Object.fromEntries(said.map(([name, inner]) => [name, plain(inner)]))
}

function saysNothing(value: unknown): boolean {
  return (
    value === undefined || value === null || value === false || (Array.isArray(value) && value.length === 0)
  )
}
