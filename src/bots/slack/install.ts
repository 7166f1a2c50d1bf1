import type { Log } from '../../core/ports.ts'
import type { Store } from '../../storage/database.ts'
import { finishInstall } from '../install/finish.ts'
import { createInstallFlow, type InstallFlow } from '../install/flow.ts'
import type { InstallLinks } from '../install/links.ts'
import type { Authorizer } from './authorize.ts'
import { createSlackClient } from './clients.ts'
import { installedOf, type OAuthAnswer } from './oauth-answer.ts'
import { slackCode } from './read/faults.ts'
import { missingScopes, scopeNames } from './scopes.ts'

/** How workspaces and organisations install Loom: by OAuth, as `InstallFlow` says. */
export function createSlackInstall(deps: {
  store: Store
  log: Log
  authorizer: Authorizer
  oauth: { clientId: string; clientSecret: string }
  apiUrl: string
  publicUrl: string
  key: Buffer
  links: Pick<InstallLinks, 'open'> | undefined
}): InstallFlow {
  const { oauth, store } = deps

  const exchange = async (code: string, redirect_uri: string): Promise<OAuthAnswer> => {
    const client = createSlackClient({ apiUrl: deps.apiUrl, log: deps.log })
    const { clientId: client_id, clientSecret: client_secret } = oauth
    return installedOf(await client.oauth.v2.access({ client_id, client_secret, code, redirect_uri }))
  }

  return createInstallFlow(
    { ...deps, now: store.now },
    {
      path: 'slack',
      words: { platform: 'Slack', whole: 'workspace' },
      detailOf: slackCode,
      authorizeUrl({ redirectUri, state }) {
        const to = new URL('/oauth/v2/authorize', deps.apiUrl)
        to.searchParams.set('client_id', oauth.clientId)
        to.searchParams.set('scope', scopeNames.join(','))
        to.searchParams.set('redirect_uri', redirectUri)
        to.searchParams.set('state', state)
        return to
      },
      async complete({ code, link, redirectUri }) {
        const answer = await exchange(code, redirectUri)
        const { externalId, installerId, kind, scopes, tokens } = answer
        const saving = { kind, externalId, tokens, scopes, installer: { externalId: installerId } }
        const { sentences } = await finishInstall(deps, { saving: { platform: 'slack', ...saving }, link })
        deps.authorizer.forget(answer)
        return { title: `Loom is in ${answer.name}`, sentences: [...sentences, ...welcome(answer)] }
      },
    },
  )
}

function welcome({ scopes }: OAuthAnswer): string[] {
  const missing = missingScopes(scopes)
  return [
    'In a channel, invite it with /invite @Loom. Then mention @Loom in a thread and say what you want.',
    'Or write to Loom in a direct message. /loom help says what else it can do.',
    ...(missing.length > 0
      ? [
          `Slack did not grant ${missing.join(', ')}. What needs that does not work until Loom is installed again.`,
        ]
      : []),
  ]
}
