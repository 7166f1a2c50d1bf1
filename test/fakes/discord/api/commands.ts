import { isDeepStrictEqual } from 'node:util'
import type { ApplicationCommandType } from 'discord.js'
import { mostCommands, type TakenCommand, takeCommand, takeCommands } from '../check/commands.ts'
import { newId } from '../ids.ts'
import type { Command, World } from '../world.ts'
import { refused } from './refusal.ts'
import { Answer, type Call, guildOf, param, route } from './route.ts'

const all = '/applications/:application/commands'
const inGuild = '/applications/:application/guilds/:guild/commands'

export const commandRoutes = [all, inGuild].flatMap((path) => [
  route(`GET ${path}`, (call) => of(call.world, scopeOf(call))),
  route(`PUT ${path}`, overwrite),
  route(`POST ${path}`, (call) => {
    const scope = scopeOf(call)
    const taken = takeCommand(call.body)
    const before = twinOf(call.world, scope, taken)
    const others = of(call.world, scope).filter((each) => each !== before)
    needRoom([...others, taken])
    const made = keep(call.world, scope, taken, before)
    return new Answer(before ? 200 : 201, made)
  }),
  route(`GET ${path}/:command`, (call) => commandOf(call)),
  route(`PATCH ${path}/:command`, (call) => {
    const before = commandOf(call)
    const { application_id, default_permission, guild_id, id, version, ...rest } = before as Command & {
      default_permission?: unknown
    }
    const taken = takeCommand({ ...rest, ...(call.body as object) })
    return keep(call.world, scopeOf(call), taken, before)
  }),
  route(`DELETE ${path}/:command`, (call) => {
    call.world.commands.delete(commandOf(call).id)
  }),
])

/** The server of guild commands; undefined for those of everywhere. */
function scopeOf(call: Call): string | undefined {
  if (param(call, 'application') !== call.world.app.id) throw refused('missingAccess')
  if (!call.params.guild) return undefined
  const guild = guildOf(call)
  if (!guild.hasApp) throw refused('missingAccess')
  return guild.id
}

const of = (world: World, scope: string | undefined): Command[] =>
  [...world.commands.values()].filter((each) => each.guild_id === scope)

function commandOf(call: Call): Command {
  const found = call.world.commands.get(param(call, 'command'))
  if (!found || found.guild_id !== scopeOf(call)) throw refused('unknownCommand')
  return found
}

const twinOf = (world: World, scope: string | undefined, taken: TakenCommand) =>
  of(world, scope).find((each) => each.name === taken.name && each.type === taken.type)

function needRoom(commands: readonly { type: ApplicationCommandType | 1 | 2 | 3 }[]): void {
  for (const [type, most] of Object.entries(mostCommands)) {
    if (commands.filter((each) => each.type === Number(type)).length > most) throw refused('tooManyCommands')
  }
}

/** A command of the same kind and name keeps its id; what did not change keeps its version too. */
function overwrite(call: Call): Command[] {
  const { world } = call
  const scope = scopeOf(call)
  const taken = takeCommands(call.body ?? [])
  needRoom(taken)
  const before = of(world, scope)
  const made = taken.map((each) => keep(world, scope, each, twinOf(world, scope, each)))
  for (const old of before) if (!made.some((each) => each.id === old.id)) world.commands.delete(old.id)
  return made
}

function keep(
  world: World,
  scope: string | undefined,
  taken: TakenCommand,
  before: Command | undefined,
): Command {
  const { id: _, ...given } = taken
  const whole = {
    id: before?.id ?? newId(world.clock.now()),
    application_id: world.app.id,
    version: before?.version ?? newId(world.clock.now()),
    type: given.type,
    name: given.name,
    name_localizations: given.name_localizations ?? null,
    description: given.description ?? '',
    description_localizations: given.description_localizations ?? null,
    options: given.options ?? [],
    default_member_permissions: given.default_member_permissions ?? null,
    dm_permission: given.dm_permission ?? true,
    contexts: given.contexts ?? null,
    integration_types: given.integration_types ?? [0],
    nsfw: given.nsfw ?? false,
    ...(scope === undefined ? {} : { guild_id: scope }),
  } as unknown as Command
  if (before && isDeepStrictEqual(before, whole)) return before
  if (before) whole.version = newId(world.clock.now())
  world.commands.set(whole.id, whole)
  return whole
}
