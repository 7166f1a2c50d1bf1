import { uninstall } from '../api/auth.ts'
import { signIn } from '../api/openid.ts'
import { openDm } from '../api/places.ts'
import { newId, newSecret } from '../ids.ts'
import type { Channel, Install, Member, StoredFile, Team } from '../world.ts'
import type { Desk } from './around.ts'
import { type Person, person } from './person.ts'
import { type Room, room } from './room.ts'

/** A workspace with its people and channels. */
export type Workspace = ReturnType<typeof workspace>

export function newTeam(input: {
  name: string
  id?: string
  enterprise?: { id: string; name: string }
}): Team {
  return {
    id: input.id ?? newId('T'),
    name: input.name,
    domain: input.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
    ...(input.enterprise ? { enterprise: input.enterprise } : {}),
    users: new Map(),
    channels: new Map(),
    files: new Map(),
    ephemerals: [],
    homes: new Map(),
    modals: new Map(),
    sessions: [],
  }
}

interface NewUser {
  name: string
  id?: string
  isAdmin?: boolean
  isOwner?: boolean
  isGuest?: boolean
  tz?: string
  /** The team of somebody from another organisation. */
  homeTeamId?: string
}

interface NewChannel {
  name: string
  id?: string
  isPrivate?: boolean
  isShared?: boolean
  archived?: boolean
  /** People and installs: whose ids are in it from the start. */
  members?: readonly (string | { id: string } | { botUserId: string })[]
}

interface NewInstall {
  scopes?: readonly string[]
  installer?: { id: string }
  /** For the whole organisation that the team belongs to. */
  orgWide?: boolean
}

export function workspace(desk: Desk) {
  const { team, world } = desk
  const addMember = (member: Omit<Member, 'deleted' | 'homeTeamId'> & { homeTeamId?: string }): Member => {
    const made = { deleted: false, homeTeamId: team.id, ...member }
    team.users.set(made.id, made)
    return made
  }
  const install = (input: NewInstall = {}): Install => {
    const { installer, orgWide, scopes = world.app.scopes } = input
    if (orgWide && !team.enterprise) throw new Error('the team belongs to no organisation')
    const before = [...world.installs.values()].find(
      (each) => each.teamId === team.id && each.appId === world.app.id,
    )
    if (before) world.installs.delete(before.botToken)
    const made: Install = {
      teamId: team.id,
      ...(orgWide && team.enterprise ? { enterpriseId: team.enterprise.id } : {}),
      botToken: `xoxb-${newSecret(12)}`,
      botUserId: before?.botUserId ?? newId('U'),
      botId: before?.botId ?? newId('B'),
      appId: world.app.id,
      scopes: [...scopes],
      installerId: installer?.id ?? [...team.users.keys()][0] ?? '',
      state: 'live',
    }
    addMember({
      id: made.botUserId,
      name: world.app.name,
      realName: world.app.name,
      isAdmin: false,
      isOwner: false,
      isBot: true,
      botId: made.botId,
      appId: made.appId,
      tz: 'UTC',
    })
    world.installs.set(made.botToken, made)
    return made
  }

  return {
    id: team.id,
    name: team.name,
    domain: team.domain,
    install,

    addUser: (input: NewUser): Person => {
      const {
        homeTeamId,
        id = newId('U'),
        isAdmin = false,
        isGuest = false,
        isOwner = false,
        name,
        tz = 'Europe/Berlin',
      } = input
      const admin = isAdmin || isOwner
      const member = { id, name, realName: name, isAdmin: admin, isOwner, isGuest, isBot: false, tz }
      return person(desk, addMember({ ...member, ...(homeTeamId === undefined ? {} : { homeTeamId }) }))
    },

    /** Another app's bot, which posts as itself. */
    addBot: (input: { name: string }): Person =>
      person(
        desk,
        addMember({
          ...input,
          id: newId('U'),
          realName: input.name,
          isAdmin: false,
          isOwner: false,
          isBot: true,
          botId: newId('B'),
          appId: newId('A'),
          tz: 'UTC',
        }),
      ),

    addChannel: (input: NewChannel): Room => {
      const { archived = false, id, isPrivate = false, isShared = false, members = [], name } = input
      const ids = members.map((each) =>
        typeof each === 'string' ? each : 'id' in each ? each.id : each.botUserId,
      )
      const channel: Channel = {
        id: id ?? newId('C'),
        name,
        kind: isPrivate ? 'group' : 'channel',
        isArchived: archived,
        isShared,
        members: new Set(ids),
        messages: [],
      }
      team.channels.set(channel.id, channel)
      return room(desk, channel)
    },

    /** The direct message between a person and the app. */
    openDm: (who: { id: string }): Room => {
      const [found] = installsOf(desk)
      if (!found) throw new Error('the app is not installed')
      return room(desk, openDm(team, found.botUserId, who.id))
    },

    /**
     * What Slack does once an admin pressed Allow on an install page: the address to which the browser goes, with the
     * code. The scopes are those that the page asked for.
     */
    approves: (authorizeUrl: string, who: { id: string }, options: { orgWide?: boolean } = {}): string => {
      const asked = new URL(authorizeUrl).searchParams
      if (asked.get('client_id') !== world.app.clientId) throw new Error('invalid client_id')
      const redirect = asked.get('redirect_uri')
      if (!redirect) throw new Error('the install page names no redirect_uri')
      const scopes = (asked.get('scope') ?? '').split(',').filter((scope) => scope !== '')
      const code = newSecret()
      world.codes.set(code, {
        redirectUri: redirect,
        install: () => install({ ...options, scopes, installer: who }),
      })
      const back = new URL(redirect)
      back.searchParams.set('code', code)
      back.searchParams.set('state', asked.get('state') ?? '')
      return back.href
    },

    /** Where the browser of somebody goes who signs in on Slack's page, with the code. */
    signsIn: (authorizeUrl: string, who: { id: string }): string =>
      signIn(world, team, { authorizeUrl, userId: who.id }),

    /** Somebody removes the app from the workspace. */
    uninstalls: (): void => {
      for (const each of installsOf(desk)) uninstall(world, each, team)
    },

    /** The app's install here, whoever made it. */
    installed: (): Install | undefined => installsOf(desk)[0],
    sessions: () => team.sessions,
    files: (): StoredFile[] => [...team.files.values()],
    person: (id: string): Person => {
      const member = team.users.get(id)
      if (!member) throw new Error('no such person')
      return person(desk, member)
    },
  }
}

const installsOf = ({ team, world }: Desk) =>
  [...world.installs.values()].filter((each) => each.teamId === team.id && each.state === 'live')
