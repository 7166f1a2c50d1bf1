import { isLoopback, type Settings } from './settings.ts'

export const roleNames = ['bot', 'worker', 'scheduler'] as const
export type RoleName = (typeof roleNames)[number]

/**
 * What a hosted Loom lacks for the roles of this process, a line each: every part that would otherwise be an embedded
 * stand-in, and everything by which data would leave the places that the policy names.
 */
export function hostedFaults(env: Settings, roles: readonly RoleName[]): string[] {
  // What only migrates has the one login for that and nothing else.
  if (roles.length === 0) return lacking(!env.DATABASE_URL_MIGRATE, 'DATABASE_URL_MIGRATE')
  const worker = roles.includes('worker')
  const scheduler = roles.includes('scheduler')
  const app = roles.includes('bot') || scheduler
  return [
    ...lacking(app && !env.DATABASE_URL, 'DATABASE_URL (the login of bot and scheduler)'),
    ...lacking(worker && !env.DATABASE_URL_WORKER, 'DATABASE_URL_WORKER (the login of the agents)'),
    ...lacking(scheduler && !env.DATABASE_URL_PURGE, 'DATABASE_URL_PURGE (the login of the nightly purge)'),
    ...lacking(scheduler && !env.DATABASE_URL_DUMP, 'DATABASE_URL_DUMP (the login of proof and dump)'),
    ...lacking(!env.REDIS_URL, 'REDIS_URL (the queue)'),
    ...lacking(!env.S3_BUCKET, 'S3_BUCKET (the files)'),
    ...lacking(!env.S3_KEYS_BUCKET, 'S3_KEYS_BUCKET (the wrapped keys, in a bucket that keeps no versions)'),
    ...lacking(!env.KMS_KEY_ID, 'KMS_KEY_ID (the key that wraps the keys)'),
    ...lacking(!env.AWS_REGION, 'AWS_REGION'),
    ...lacking(!env.PUBLIC_URL, 'PUBLIC_URL (the address of links)'),
    ...lacking(
      worker && !env.ANTHROPIC_API_KEY && !env.OPENAI_API_KEY,
      'ANTHROPIC_API_KEY or OPENAI_API_KEY (there is no rehearsal model in a hosted Loom)',
    ),
    ...sharedLogins(env),
    ...(env.REDIS_URL && new URL(env.REDIS_URL).protocol === 'redis:' && !isLoopback(env.REDIS_URL)
      ? ['REDIS_URL must begin with rediss:// unless it is this machine']
      : []),
    ...(env.LOOM_MASTER_KEY_FILE
      ? ['LOOM_MASTER_KEY_FILE must not be set: KMS wraps the keys of a hosted Loom']
      : []),
  ]
}

function lacking(isLacking: boolean, what: string): string[] {
  return isLacking ? [`${what} is missing`] : []
}

/** A login per role: one that can do two roles' work would make the wall between them a matter of good will. */
function sharedLogins(env: Settings): string[] {
  const logins = [
    ['DATABASE_URL', env.DATABASE_URL],
    ['DATABASE_URL_WORKER', env.DATABASE_URL_WORKER],
    ['DATABASE_URL_PURGE', env.DATABASE_URL_PURGE],
    ['DATABASE_URL_DUMP', env.DATABASE_URL_DUMP],
    ['DATABASE_URL_MIGRATE', env.DATABASE_URL_MIGRATE],
  ].flatMap(([name, url]) => (name && url ? [{ name, login: new URL(url).username }] : []))
  return logins.flatMap(({ login, name }, index) => {
    const same = logins.slice(0, index).find((other) => other.login === login)
    return same ? [`${name} and ${same.name} must be different logins`] : []
  })
}
