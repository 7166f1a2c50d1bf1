import { z } from 'zod'
import { senderOf } from './sender.ts'

const url = (protocols: readonly string[]) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `must be a URL beginning with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    )

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

export function isLoopback(address: string): boolean {
  return URL.canParse(address) && loopback.has(new URL(address).hostname)
}

/** An outside address: https, unless it is this machine. */
const outsideUrl = url(['https:', 'http:']).refine(
  (value) => !URL.canParse(value) || new URL(value).protocol === 'https:' || isLoopback(value),
  'must begin with https:// unless it is this machine',
)

const word = z.string().min(1).optional()

const snowflake = z
  .string()
  .regex(/^\d{15,21}$/, 'must be a long number, as Discord’s ids are')
  .optional()

const beginning = (prefixes: readonly string[]) =>
  z
    .string()
    .refine(
      (value) => prefixes.some((prefix) => value.startsWith(prefix)),
      `must begin with ${prefixes.join(' or ')}`,
    )

/**
 * Every setting, with what it means when it is not set. `.env.example` lists exactly these; a test compares them.
 */
export const settings = {
  LOOM_MODE: z.enum(['embedded', 'hosted']).default('embedded'),
  LOOM_HOME: z.string().min(1).default('.loom'),
  LOOM_MASTER_KEY_FILE: word,
  LOOM_NIGHT_HOUR: z.coerce.number().int().min(0).max(23).default(3),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  PUBLIC_URL: outsideUrl.optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  DATABASE_URL: url(['postgres:', 'postgresql:']).optional(),
  DATABASE_URL_MIGRATE: url(['postgres:', 'postgresql:']).optional(),
  DATABASE_URL_WORKER: url(['postgres:', 'postgresql:']).optional(),
  DATABASE_URL_PURGE: url(['postgres:', 'postgresql:']).optional(),
  DATABASE_URL_DUMP: url(['postgres:', 'postgresql:']).optional(),
  REDIS_URL: url(['redis:', 'rediss:']).optional(),
  AWS_REGION: z
    .string()
    .regex(/^[a-z]{2,}(-[a-z]+)+-\d+$/, 'must be a region, as in us-east-1')
    .optional(),
  S3_BUCKET: word,
  S3_KEYS_BUCKET: word,
  KMS_KEY_ID: word,
  AWS_ENDPOINT_URL_S3: outsideUrl.optional(),
  AWS_ENDPOINT_URL_KMS: outsideUrl.optional(),
  ANTHROPIC_API_KEY: word,
  ANTHROPIC_BASE_URL: outsideUrl.optional(),
  OPENAI_API_KEY: word,
  OPENAI_BASE_URL: outsideUrl.optional(),
  COMPATIBLE_BASE_URL: outsideUrl.optional(),
  COMPATIBLE_API_KEY: word,
  COMPATIBLE_MODELS: word,
  COMPATIBLE_PRICES: word,
  COMPATIBLE_IMAGES: z.enum(['yes', 'no']).default('no'),
  SLACK_SIGNING_SECRET: word,
  SLACK_BOT_TOKEN: beginning(['xoxb-', 'xoxe.xoxb-']).optional(),
  SLACK_CLIENT_ID: word,
  SLACK_CLIENT_SECRET: word,
  SLACK_APP_TOKEN: beginning(['xapp-']).optional(),
  SLACK_API_URL: outsideUrl.optional(),
  DISCORD_TOKEN: word,
  DISCORD_APPLICATION_ID: snowflake,
  DISCORD_PUBLIC_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'must be the 64 letters and digits of the public key')
    .optional(),
  DISCORD_CLIENT_SECRET: word,
  DISCORD_GUILD_ID: snowflake,
  DISCORD_SHARDS: word,
  DISCORD_API_URL: outsideUrl.optional(),
  LOOM_MAIL_URL: url(['smtp:', 'smtps:']).optional(),
  LOOM_MAIL_FROM: z
    .string()
    .refine((value) => senderOf(value) !== undefined, 'must be an address, as in Loom <privacy@example.com>')
    .optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: outsideUrl.optional(),
} as const

export const settingsSchema = z.object(settings)
export type Settings = z.infer<typeof settingsSchema>
