import { z } from 'zod'
import { checkBlocks } from '../blocks/check.ts'
import { plain } from '../blocks/text.ts'
import { newId, newSecret } from '../ids.ts'
import { wireView } from '../wire.ts'
import type { Install, Team, View, World } from '../world.ts'
import { type Call, json, method, Refusal, refuseWith, words } from './method.ts'

const shared = {
  blocks: z.unknown(),
  private_metadata: z.string().max(3000).optional(),
  callback_id: z.string().max(255).optional(),
  external_id: z.string().max(255).optional(),
}
const viewShape = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('home'), ...shared }),
  z.strictObject({
    type: z.literal('modal'),
    ...shared,
    title: plain(24),
    close: plain(24).optional(),
    submit: plain(24).optional(),
    clear_on_close: z.boolean().optional(),
    notify_on_close: z.boolean().optional(),
  }),
])

/** A view as Slack keeps it, or its refusal. */
export function makeView(
  given: unknown,
  about: { userId: string; install: Install; type: View['type'] },
): View {
  const parsed = viewShape.safeParse(given)
  if (!parsed.success) {
    return refuseWith(
      'invalid_arguments',
      parsed.error.issues.map((issue) => `${issue.message} [json-pointer:/view/${issue.path.join('/')}]`),
    )
  }
  const { data } = parsed
  if (data.type !== about.type)
    refuseWith('invalid_arguments', [`must be a ${about.type} [json-pointer:/view/type]`])
  if (JSON.stringify(data).length > 250_000) throw new Refusal('view_too_large')
  const blocks = checkBlocks(data.blocks, data.type)
  const hasInput = blocks.some((block) => block.type === 'input')
  const isModal = data.type === 'modal'
  if (isModal && hasInput && !data.submit) {
    refuseWith('invalid_arguments', ['missing required field: submit [json-pointer:/view]'])
  }
  const id = newId('V')
  return {
    id,
    type: data.type,
    userId: about.userId,
    botId: about.install.botId,
    blocks,
    hash: newSecret(5),
    callbackId: data.callback_id ?? '',
    externalId: data.external_id ?? '',
    privateMetadata: data.private_metadata ?? '',
    rootId: id,
    clearOnClose: isModal && (data.clear_on_close ?? false),
    notifyOnClose: isModal && (data.notify_on_close ?? false),
    ...(isModal ? { title: data.title, submit: data.submit, close: data.close } : {}),
  }
}

/** A trigger is good for three seconds and for one view. */
function spendTrigger(call: Call, id: string): { team: Team; userId: string } {
  const trigger = call.world.triggers.get(id)
  if (!trigger) throw new Refusal('invalid_trigger_id')
  if (call.world.clock.now() > trigger.untilMs) throw new Refusal('expired_trigger_id')
  if (trigger.used) throw new Refusal('exchanged_trigger_id')
  trigger.used = true
  const team = call.world.teams.get(trigger.teamId)
  if (!team) throw new Refusal('invalid_trigger_id')
  return { team, userId: trigger.userId }
}

export function newTrigger(world: World, team: Team, userId: string): string {
  const id = `${Math.floor(world.clock.now())}.${newSecret(4)}.${newSecret(12)}`
  world.triggers.set(id, { userId, teamId: team.id, untilMs: world.clock.now() + 3000, used: false })
  return id
}

const view = json(z.unknown())

const openOne = (name: string, atop: boolean) =>
  method(name, { tier: 4, args: z.strictObject({ trigger_id: words, view }) }, (call, args) => {
    const { team, userId } = spendTrigger(call, args.trigger_id)
    const made = makeView(args.view, { userId, install: call.install, type: 'modal' })
    putModal(team, made, atop)
    return { view: wireView(made, team.id, call.install.appId) }
  })

export function putModal(team: Team, made: View, atop: boolean): void {
  const stack = team.modals.get(made.userId) ?? []
  const below = stack.at(-1)
  if (atop && below) Object.assign(made, { rootId: below.rootId, previousId: below.id })
  team.modals.set(made.userId, atop ? [...stack, made] : [made])
}

/** Another content for an open view; its id stays. */
export function replaceView(old: View, made: View): void {
  Object.assign(old, { ...made, id: old.id, rootId: old.rootId, previousId: old.previousId })
}

const update = method(
  'views.update',
  {
    tier: 4,
    args: z.strictObject({
      view,
      view_id: words.optional(),
      external_id: words.optional(),
      hash: words.optional(),
    }),
  },
  (call, args) => {
    const all = [...call.team.modals.values()].flat().concat([...call.team.homes.values()])
    const found = all.find((each) =>
      args.view_id === undefined ? each.externalId === args.external_id : each.id === args.view_id,
    )
    if (!found || found.botId !== call.install.botId) throw new Refusal('not_found')
    if (args.hash !== undefined && args.hash !== found.hash) throw new Refusal('hash_conflict')
    replaceView(found, makeView(args.view, { userId: found.userId, install: call.install, type: found.type }))
    return { view: wireView(found, call.team.id, call.install.appId) }
  },
)

const publish = method(
  'views.publish',
  { tier: 4, args: z.strictObject({ user_id: words, view, hash: words.optional() }) },
  (call, args) => {
    if (!call.team.users.has(args.user_id)) {
      refuseWith('invalid_arguments', ['invalid `user_id` [json-pointer:/user_id]'])
    }
    const before = call.team.homes.get(args.user_id)
    if (args.hash !== undefined && before && args.hash !== before.hash) throw new Refusal('hash_conflict')
    const made = makeView(args.view, { userId: args.user_id, install: call.install, type: 'home' })
    call.team.homes.set(args.user_id, made)
    return { view: wireView(made, call.team.id, call.install.appId) }
  },
)

export const views = [openOne('views.open', false), openOne('views.push', true), update, publish]
