import { existsSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { LoomError } from './core/errors.ts'

const url = (protocols: readonly string[]) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `must be a URL beginning with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    )

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/** An outside address: https, unless it is this machine. */
const outsideUrl = url(['https:', 'http:']).refine(
  (value) =>
    !URL.canParse(value) || new URL(value).protocol === 'https:' || loopback.has(new URL(value).hostname),
  'must begin with https:// unless it is this machine',
)

/**
 * Every setting, with what it means when it is not set. `.env.example` lists exactly these; a test compares them.
 */
export const settings = {
  LOOM_MODE: z.enum(['embedded', 'hosted']).default('embedded'),
  LOOM_HOME: z.string().min(1).default('.loom'),
  LOOM_MASTER_KEY_FILE: z.string().min(1).optional(),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  PUBLIC_URL: outsideUrl.optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  DATABASE_URL: url(['postgres:', 'postgresql:']).optional(),
  DATABASE_URL_MIGRATE: url(['postgres:', 'postgresql:']).optional(),
  DATABASE_URL_WORKER: url(['postgres:', 'postgresql:']).optional(),
  REDIS_URL: url(['redis:', 'rediss:']).optional(),
  ANTHROPIC_API_KEY: z.string().min(1).optional(),
  ANTHROPIC_BASE_URL: outsideUrl.optional(),
  OPENAI_API_KEY: z.string().min(1).optional(),
  OPENAI_BASE_URL: outsideUrl.optional(),
} as const

const schema = z.object(settings)

export interface Config {
  mode: 'embedded'
  home: string
  masterKeyFile: string
  port: number
  publicUrl: string
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  database: { app: string; worker: string; migrate: string } | undefined
  redisUrl: string | undefined
  anthropic: { apiKey: string; baseUrl: string | undefined } | undefined
  openai: { apiKey: string; baseUrl: string | undefined } | undefined
}

/**
 * The environment as the rooms need it. Empty variables count as not set. Throws `invalid_input` that lists every
 * fault at once, by name and never by value.
 */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = schema.safeParse(given)
  if (!parsed.success) {
    throw faulty(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message.toLowerCase()}`))
  }
  const env = parsed.data
  if (env.LOOM_MODE === 'hosted') {
    throw faulty([
      'LOOM_MODE=hosted is not built yet: this version runs embedded, or on your own DATABASE_URL and REDIS_URL',
    ])
  }
  const home = path.resolve(env.LOOM_HOME)
  const app = env.DATABASE_URL
  return {
    mode: 'embedded',
    home,
    masterKeyFile: path.resolve(env.LOOM_MASTER_KEY_FILE ?? path.join(home, 'master.key')),
    port: env.PORT,
    publicUrl: (env.PUBLIC_URL ?? `http://localhost:${env.PORT}`).replace(/\/+$/, ''),
    logLevel: env.LOG_LEVEL,
    database: app
      ? { app, worker: env.DATABASE_URL_WORKER ?? app, migrate: env.DATABASE_URL_MIGRATE ?? app }
      : undefined,
    redisUrl: env.REDIS_URL,
    anthropic: env.ANTHROPIC_API_KEY
      ? { apiKey: env.ANTHROPIC_API_KEY, baseUrl: env.ANTHROPIC_BASE_URL }
      : undefined,
    openai: env.OPENAI_API_KEY ? { apiKey: env.OPENAI_API_KEY, baseUrl: env.OPENAI_BASE_URL } : undefined,
  }
}

/** The process's own environment, over what a `.env` file in the working directory sets. Nothing else reads it. */
export function readEnvironment(): Readonly<Record<string, string | undefined>> {
  if (existsSync('.env')) process.loadEnvFile('.env')
  return process.env
}

function faulty(faults: readonly string[]): LoomError {
  return new LoomError({
    kind: 'invalid_input',
    message: `The settings cannot be used: ${faults.join('; ')}. See .env.example.`,
  })
}
