import { type ProcessorName, processorNames, processors } from '../core/processors.ts'
import { type Settings, settings } from './settings.ts'

/** To whom data can go by each setting. A setting that is not named here does not compile. */
const reaches = {
  LOOM_MODE: 'nobody',
  LOOM_HOME: 'nobody',
  LOOM_MASTER_KEY_FILE: 'nobody',
  LOOM_NIGHT_HOUR: 'nobody',
  PORT: 'nobody',
  PUBLIC_URL: 'nobody',
  LOG_LEVEL: 'nobody',
  // The operator's own servers, or AWS's where they are hosted there; who that is stands with the files.
  DATABASE_URL: 'nobody',
  DATABASE_URL_MIGRATE: 'nobody',
  DATABASE_URL_WORKER: 'nobody',
  DATABASE_URL_PURGE: 'nobody',
  DATABASE_URL_DUMP: 'nobody',
  REDIS_URL: 'nobody',
  AWS_REGION: 'nobody',
  S3_BUCKET: 'aws',
  S3_KEYS_BUCKET: 'aws',
  KMS_KEY_ID: 'aws',
  AWS_ENDPOINT_URL_S3: 'nobody',
  AWS_ENDPOINT_URL_KMS: 'nobody',
  ANTHROPIC_API_KEY: 'anthropic',
  ANTHROPIC_BASE_URL: 'nobody',
  OPENAI_API_KEY: 'openai',
  OPENAI_BASE_URL: 'nobody',
  COMPATIBLE_BASE_URL: 'compatible',
  COMPATIBLE_API_KEY: 'nobody',
  COMPATIBLE_MODELS: 'nobody',
  COMPATIBLE_PRICES: 'nobody',
  COMPATIBLE_IMAGES: 'nobody',
  SLACK_SIGNING_SECRET: 'slack',
  SLACK_BOT_TOKEN: 'slack',
  SLACK_CLIENT_ID: 'slack',
  SLACK_CLIENT_SECRET: 'nobody',
  SLACK_APP_TOKEN: 'slack',
  SLACK_API_URL: 'nobody',
  DISCORD_TOKEN: 'discord',
  DISCORD_APPLICATION_ID: 'nobody',
  DISCORD_PUBLIC_KEY: 'nobody',
  DISCORD_CLIENT_SECRET: 'nobody',
  DISCORD_GUILD_ID: 'nobody',
  DISCORD_SHARDS: 'nobody',
  DISCORD_API_URL: 'nobody',
  LOOM_MAIL_URL: 'mail',
  LOOM_MAIL_FROM: 'nobody',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'telemetry',
} as const satisfies Record<keyof typeof settings, ProcessorName | 'nobody'>

/** Whom this code can reach, and whom these settings connect it to. */
export interface Reach {
  reachable: readonly ProcessorName[]
  connected: readonly ProcessorName[]
}

export function reachOf(env: Settings): Reach {
  const all = Object.entries(reaches) as [keyof typeof settings, ProcessorName | 'nobody'][]
  const of = (entries: typeof all) => processorNames.filter((name) => entries.some(([, to]) => to === name))
  return { reachable: of(all), connected: of(all.filter(([setting]) => env[setting] !== undefined)) }
}

/** Settings of rooms that are not built: switched on they would give data to somebody from whom nothing takes it back. */
export function unbuiltFaults(given: Readonly<Record<string, unknown>>): string[] {
  return processorNames.flatMap((name) =>
    processors[name]
      .filter((setting) => given[setting] !== undefined && !Object.hasOwn(settings, setting))
      .map(
        (setting) =>
          `${setting} must not be set: this Loom has nothing yet that would delete what ${name} keeps`,
      ),
  )
}
