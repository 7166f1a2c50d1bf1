import { z } from 'zod'
import { wireUser } from '../wire.ts'
import { flag, method, Refusal, words } from './method.ts'
import { findMessage, placeToPost, teamsOf } from './places.ts'

const info = method(
  'users.info',
  {
    scopes: ['users:read'],
    tier: 4,
    args: z.strictObject({ user: words, include_locale: flag.optional() }),
  },
  (call, args) => {
    for (const team of teamsOf(call.world, call.install)) {
      const user = team.users.get(args.user)
      if (user) return { user: wireUser(user, team.id) }
    }
    throw new Refusal('user_not_found')
  },
)

const teamInfo = method(
  'team.info',
  { scopes: ['team:read'], tier: 3, args: z.strictObject({ team: words.optional() }) },
  ({ team }) => ({ team: { id: team.id, name: team.name, domain: team.domain } }),
)

const botsInfo = method(
  'bots.info',
  {
    scopes: ['users:read'],
    tier: 3,
    args: z.strictObject({ bot: words.optional() }),
  },
  ({ team }, args) => {
    const bot = [...team.users.values()].find((user) => user.botId === args.bot)
    if (!bot) throw new Refusal('bot_not_found')
    return { bot: { id: bot.botId, name: bot.name, app_id: bot.appId, user_id: bot.id, deleted: false } }
  },
)

const item = { channel: words, timestamp: words, name: words }

const react = (name: string, change: (users: string[], me: string) => string[]) =>
  method(name, { scopes: ['reactions:write'], tier: 3, args: z.strictObject(item) }, (call, args) => {
    const { channel } = placeToPost(call, args.channel)
    const message = findMessage(channel, args.timestamp)
    if (!/^[a-z0-9_+'-]+$/.test(args.name)) throw new Refusal('invalid_name')
    const users = change(message.reactions.get(args.name) ?? [], call.install.botUserId)
    if (users.length === 0) message.reactions.delete(args.name)
    else message.reactions.set(args.name, users)
    return {}
  })

const add = react('reactions.add', (users, me) => {
  if (users.includes(me)) throw new Refusal('already_reacted')
  return [...users, me]
})
const remove = react('reactions.remove', (users, me) => {
  if (!users.includes(me)) throw new Refusal('no_reaction')
  return users.filter((each) => each !== me)
})

export const people = [info, teamInfo, botsInfo, add, remove]
