import { existsSync } from 'node:fs'
import path from 'node:path'
import { type DiscordConfig, discordFaults, discordOf } from './config/discord.ts'
import { hostedFaults, type RoleName, roleNames } from './config/hosted.ts'
import { type MailConfig, mailFaults, mailOf } from './config/mail.ts'
import { parseOwnModels, parseOwnPrices } from './config/own-models.ts'
import { type Reach, reachOf, unbuiltFaults } from './config/reaches.ts'
import { type Settings, settingsSchema } from './config/settings.ts'
import { type SlackConfig, slackFaults, slackOf } from './config/slack.ts'
import { LoomError } from './core/errors.ts'
import type { Price } from './core/prices.ts'
import type { Tier } from './core/words.ts'

export type { DiscordConfig } from './config/discord.ts'
export { type RoleName, roleNames } from './config/hosted.ts'
export type { MailConfig } from './config/mail.ts'
export { settings } from './config/settings.ts'
export type { SlackConfig } from './config/slack.ts'

/** An OpenAI-compatible server of one's own. */
export interface CompatibleServer {
  baseUrl: string
  apiKey: string | undefined
  models: Readonly<Record<Tier, string>>
  /** Models that are not named here cost nothing. */
  prices: Readonly<Record<string, Price>>
  /** Whether its models can see. */
  images: boolean
}

export interface Config {
  mode: 'embedded' | 'hosted'
  home: string
  masterKeyFile: string
  port: number
  publicUrl: string
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** `migrate` is missing where migrations run elsewhere: then the schema is only looked at, as `looksAs`. */
  database:
    | {
        app: string
        worker: string
        purge: string
        dump: string
        migrate: string | undefined
        looksAs: 'loom_app' | 'loom_worker'
      }
    | undefined
  redisUrl: string | undefined
  s3:
    | { bucket: string; region: string; endpoint: string | undefined; kmsKeyId: string | undefined }
    | undefined
  keys:
    | {
        keysBucket: string
        kmsKeyId: string
        region: string
        s3Endpoint: string | undefined
        kmsEndpoint: string | undefined
      }
    | undefined
  anthropic: { apiKey: string } | undefined
  openai: { apiKey: string } | undefined
  /** Where the providers are reached, for keys of ours and of tenants; `undefined`: at their own addresses. */
  endpoints: { anthropic: string | undefined; openai: string | undefined }
  compatible: CompatibleServer | undefined
  slack: SlackConfig | undefined
  /** The hour of the night's work, in UTC. */
  nightHour: number
  /** Who gets data of this Loom, and who could. */
  reach: Reach
  discord: DiscordConfig | undefined
  /** The mail server for notices; `undefined`: nobody is written to. */
  mail: MailConfig | undefined
  /** Where spans and metrics are sent; `undefined`: nowhere. */
  otlpEndpoint: string | undefined
}

/**
 * The environment as the rooms need it, for a process of these roles; with none, for one that only migrates. Empty variables count as not set. Throws
 * `invalid_input` that lists every fault at once, by name and never by value.
 */
export function parseConfig(
  environment: Readonly<Record<string, string | undefined>>,
  roles: readonly RoleName[] = roleNames,
): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = settingsSchema.safeParse(given)
  if (!parsed.success) {
    throw faulty(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message.toLowerCase()}`))
  }
  const env = parsed.data
  const compatible = compatibleOf(env)
  const faults = [
    ...(env.LOOM_MODE === 'hosted' ? hostedFaults(env, roles) : embeddedFaults(env)),
    ...pairFaults(env),
    ...slackFaults(env),
    ...discordFaults(env),
    ...mailFaults(env),
    ...compatible.faults,
    ...unbuiltFaults(given),
  ]
  if (faults.length > 0) throw faulty(faults)
  const home = path.resolve(env.LOOM_HOME)
  return {
    mode: env.LOOM_MODE,
    home,
    masterKeyFile: path.resolve(env.LOOM_MASTER_KEY_FILE ?? path.join(home, 'master.key')),
    port: env.PORT,
    publicUrl: (env.PUBLIC_URL ?? `http://localhost:${env.PORT}`).replace(/\/+$/, ''),
    logLevel: env.LOG_LEVEL,
    database: databaseOf(env),
    redisUrl: env.REDIS_URL,
    s3:
      env.S3_BUCKET && env.AWS_REGION
        ? {
            bucket: env.S3_BUCKET,
            region: env.AWS_REGION,
            endpoint: env.AWS_ENDPOINT_URL_S3,
            kmsKeyId: env.KMS_KEY_ID,
          }
        : undefined,
    keys:
      env.S3_KEYS_BUCKET && env.KMS_KEY_ID && env.AWS_REGION
        ? {
            keysBucket: env.S3_KEYS_BUCKET,
            kmsKeyId: env.KMS_KEY_ID,
            region: env.AWS_REGION,
            s3Endpoint: env.AWS_ENDPOINT_URL_S3,
            kmsEndpoint: env.AWS_ENDPOINT_URL_KMS,
          }
        : undefined,
    anthropic: env.ANTHROPIC_API_KEY ? { apiKey: env.ANTHROPIC_API_KEY } : undefined,
    openai: env.OPENAI_API_KEY ? { apiKey: env.OPENAI_API_KEY } : undefined,
    endpoints: { anthropic: env.ANTHROPIC_BASE_URL, openai: env.OPENAI_BASE_URL },
    compatible: compatible.value,
    slack: slackOf(env),
    nightHour: env.LOOM_NIGHT_HOUR,
    reach: reachOf(env),
    discord: discordOf(env),
    mail: mailOf(env),
    otlpEndpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/+$/, ''),
  }
}

/** The process's own environment, over what a `.env` file in the working directory sets. Nothing else reads it. */
export function readEnvironment(): Readonly<Record<string, string | undefined>> {
  if (existsSync('.env')) process.loadEnvFile('.env')
  return process.env
}

function databaseOf(env: Settings): Config['database'] {
  const app = env.DATABASE_URL ?? env.DATABASE_URL_WORKER ?? env.DATABASE_URL_MIGRATE
  if (!app) return undefined
  const migrate = env.DATABASE_URL_MIGRATE ?? (env.LOOM_MODE === 'hosted' ? undefined : app)
  const looksAs = env.DATABASE_URL ? 'loom_app' : 'loom_worker'
  return {
    app,
    worker: env.DATABASE_URL_WORKER ?? app,
    purge: env.DATABASE_URL_PURGE ?? app,
    dump: env.DATABASE_URL_DUMP ?? app,
    migrate,
    looksAs,
  }
}

function embeddedFaults(env: Settings): string[] {
  return [
    ...(env.OPENAI_BASE_URL && !env.OPENAI_API_KEY
      ? ['OPENAI_BASE_URL needs OPENAI_API_KEY: a model server of your own goes into COMPATIBLE_BASE_URL']
      : []),
    ...(env.DATABASE_URL_WORKER && !env.DATABASE_URL ? ['DATABASE_URL_WORKER needs DATABASE_URL'] : []),
    ...(env.DATABASE_URL_MIGRATE && !env.DATABASE_URL ? ['DATABASE_URL_MIGRATE needs DATABASE_URL'] : []),
  ]
}

/** What makes sense only together, in both modes. */
function pairFaults(env: Settings): string[] {
  const onAws = env.S3_BUCKET || env.S3_KEYS_BUCKET || env.KMS_KEY_ID
  return [
    ...(onAws && !env.AWS_REGION && env.LOOM_MODE === 'embedded' ? ['AWS_REGION is missing'] : []),
    ...(env.S3_KEYS_BUCKET && !env.KMS_KEY_ID && env.LOOM_MODE === 'embedded'
      ? ['S3_KEYS_BUCKET needs KMS_KEY_ID']
      : []),
    ...(env.S3_BUCKET && env.S3_BUCKET === env.S3_KEYS_BUCKET
      ? ['S3_KEYS_BUCKET must be another bucket than S3_BUCKET']
      : []),
  ]
}

function compatibleOf(env: Settings): { value: CompatibleServer | undefined; faults: string[] } {
  if (!env.COMPATIBLE_BASE_URL) return { value: undefined, faults: [] }
  const models = parseOwnModels(env.COMPATIBLE_MODELS ?? '')
  const prices = env.COMPATIBLE_PRICES ? parseOwnPrices(env.COMPATIBLE_PRICES) : { value: {} }
  const faults = [models, prices].flatMap((part) => ('fault' in part ? [part.fault] : []))
  if ('fault' in models || 'fault' in prices) return { value: undefined, faults }
  const value = {
    baseUrl: env.COMPATIBLE_BASE_URL,
    apiKey: env.COMPATIBLE_API_KEY,
    models: models.value,
    prices: prices.value,
    images: env.COMPATIBLE_IMAGES === 'yes',
  }
  return { value, faults }
}

function faulty(faults: readonly string[]): LoomError {
  const list = faults.length === 1 ? ` ${faults[0]}.` : faults.map((fault) => `\n  - ${fault}`).join('')
  const end = faults.length === 1 ? ' ' : '\n'
  return new LoomError({
    kind: 'invalid_input',
    message: `The settings cannot be used:${list}${end}See .env.example.`,
  })
}
