import { z } from 'zod'
import type { Install, Team, World } from '../world.ts'

/** What Slack answers with `ok: false`. */
export class Refusal extends Error {
  readonly fields: Record<string, unknown>
  constructor(error: string, fields: Record<string, unknown> = {}) {
    super(error)
    this.fields = fields
  }
}

/** Slack's answer to arguments or blocks that it cannot take, with the reasons where it puts them. */
export function refuseWith(error: string, reasons: readonly string[]): never {
  throw new Refusal(error, {
    errors: reasons,
    response_metadata: { messages: reasons.map((reason) => `[ERROR] ${reason}`) },
  })
}

export interface Call {
  world: World
  install: Install
  /** Of an org-wide install: the first that the organisation has, until an argument says which. */
  team: Team
  token: string | undefined
  /** Things to say beside the answer, as Slack's `warning`. */
  warnings: string[]
}

/** How often a method may be called in a minute; `post` is one a second and channel. */
export type Tier = 1 | 2 | 3 | 4 | 'post' | 'free'

export interface Method {
  name: string
  /** All of these are needed. */
  scopes: readonly string[]
  tier: Tier
  auth: 'bot' | 'app' | 'client' | 'person'
  run(call: Call, given: Record<string, unknown>): object | Promise<object>
}

/** A method of the API. An argument that `args` does not name is refused, though Slack would often let it pass. */
export function method<Args extends z.ZodType>(
  name: string,
  about: { scopes?: readonly string[]; tier: Tier; auth?: Method['auth']; args: Args },
  run: (call: Call, args: z.output<Args>) => object | Promise<object>,
): Method {
  return {
    name,
    scopes: about.scopes ?? [],
    tier: about.tier,
    auth: about.auth ?? 'bot',
    run: (call, given) => {
      const parsed = about.args.safeParse(given)
      if (parsed.success) return run(call, parsed.data)
      return refuseWith(
        'invalid_arguments',
        parsed.error.issues.map((issue) => `${issue.message} [json-pointer:/${issue.path.join('/')}]`),
      )
    },
  }
}

/** Arguments come as form fields, so that everything is text. */
export const flag = z.union([
  z.boolean(),
  z.enum(['true', 'false', '1', '0']).transform((word) => word === 'true' || word === '1'),
])
export const whole = z.coerce.number().int()
export const words = z.string()

/** Something that stands in a form field as JSON. */
export function json<Inner extends z.ZodType>(inner: Inner) {
  return z.preprocess((value) => {
    if (typeof value !== 'string') return value
    try {
      return JSON.parse(value) as unknown
    } catch {
      return value
    }
  }, inner)
}

/** `missing_scope` as Slack says it: what is needed and what the token has. */
export function needScope(install: Install, needed: string): void {
  if (install.scopes.includes(needed)) return
  throw new Refusal('missing_scope', { needed, provided: install.scopes.join(',') })
}
